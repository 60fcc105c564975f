#include <sqlite3.h>

/// SQLite counts its memory under one lock that every allocation takes. Nobody reads the count, and Swift cannot
/// call `sqlite3_config` (its arguments vary); works once, before the first database is opened.
static inline int yibao_sqlite_stop_counting_memory(void) { return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }
