//! From a specification and an inventory to a plan and a layout; pure.
