//! Integers with a fixed byte order, for the rows of tables.

use crate::Field;
use core::fmt;

macro_rules! integers {
    ($($name:ident $host:ident $size:literal $to:ident $from:ident $order:literal;)*) => {$(
        #[doc = concat!("A `", stringify!($host), "` stored ", $order, "-endian.")]
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name($host);

        impl $name {
            /// The value, in host order.
            pub const fn get(self) -> $host { self.0 }
            /// From a value in host order.
            pub const fn new(value: $host) -> Self { Self(value) }
        }
        impl From<$host> for $name { fn from(v: $host) -> Self { Self(v) } }
        impl From<$name> for $host { fn from(v: $name) -> Self { v.0 } }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.fmt(f) }
        }
        impl Field for $name {
            const SIZE: usize = $size;
            const ZERO: Self = Self(0);
            fn put(&self, out: &mut [u8]) { out.copy_from_slice(&self.0.$to()); }
            fn take(bytes: &[u8]) -> Self {
                let mut b = [0; $size];
                b.copy_from_slice(bytes);
                Self($host::$from(b))
            }
        }
    )*};
}

integers! {
    Le16 u16 2 to_le_bytes from_le_bytes "little";
    Le32 u32 4 to_le_bytes from_le_bytes "little";
    Le64 u64 8 to_le_bytes from_le_bytes "little";
    Be16 u16 2 to_be_bytes from_be_bytes "big";
    Be32 u32 4 to_be_bytes from_be_bytes "big";
    Be64 u64 8 to_be_bytes from_be_bytes "big";
}
