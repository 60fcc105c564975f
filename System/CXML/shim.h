// libxml2 built with ICU drags ICU's headers in, which clash with those inside Foundation;
// nothing of them is used here.
#include <libxml/xmlversion.h>
#undef LIBXML_ICU_ENABLED
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/xmlreader.h>

/// `xmlFree` is a global variable in C, which Swift 6 will not read from several threads.
static inline void xml_release(void *text) { xmlFree(text); }
