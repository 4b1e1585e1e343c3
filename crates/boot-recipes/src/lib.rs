//! Recipes as data: which menu entry boots which ISO, and why.
