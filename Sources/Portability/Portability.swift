/// The desk of transfers (关系转移接续): people who move between pooling areas or schemes take their years and
/// their account with them.
public enum Portability {}
