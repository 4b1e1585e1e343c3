//! Writes a layout: sparse files replaced as a whole, streams, digests.
