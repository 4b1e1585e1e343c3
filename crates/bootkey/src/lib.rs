//! The bootkey library facade and command line.
