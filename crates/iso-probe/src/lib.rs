//! What an ISO 9660 image is, and what it carries to boot.
