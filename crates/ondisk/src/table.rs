//! The [`ondisk!`](crate::ondisk) macro and what every struct made by it can do.

/// A type that a row can hold: it has a fixed size.
pub trait Field: Sized {
    /// Size in bytes.
    const SIZE: usize;
    /// The value whose bytes are all zero.
    const ZERO: Self;
    /// Writes the value into `out`, which is [`Self::SIZE`] bytes long.
    fn put(&self, out: &mut [u8]);
    /// Reads the value from `bytes`, which is [`Self::SIZE`] bytes long.
    fn take(bytes: &[u8]) -> Self;
}

impl Field for u8 {
    const SIZE: usize = 1;
    const ZERO: Self = 0;
    fn put(&self, out: &mut [u8]) {
        out[0] = *self;
    }
    fn take(bytes: &[u8]) -> Self {
        bytes[0]
    }
}

impl<T: Field, const N: usize> Field for [T; N] {
    const SIZE: usize = N * T::SIZE;
    const ZERO: Self = [T::ZERO; N];
    fn put(&self, out: &mut [u8]) {
        for (item, slot) in self.iter().zip(out.chunks_exact_mut(T::SIZE)) {
            item.put(slot);
        }
    }
    fn take(bytes: &[u8]) -> Self {
        core::array::from_fn(|i| T::take(&bytes[i * T::SIZE..(i + 1) * T::SIZE]))
    }
}

/// A row of a table, for dumps and diffs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Offset from the start of the struct, in bytes.
    pub offset: usize,
    /// Size in bytes.
    pub size: usize,
    /// The name in the specification.
    pub name: &'static str,
    /// The meaning, in one line.
    pub meaning: &'static str,
}

/// A struct declared with [`ondisk!`](crate::ondisk).
pub trait Ondisk: Sized {
    /// The struct's name.
    const NAME: &'static str;
    /// The table, in order of offset, without gaps.
    const ROWS: &'static [Row];
    /// The struct's bytes, [`Field::SIZE`] of them.
    fn to_vec(&self) -> Vec<u8>;

    /// The table with this value's bytes: one line for each row that is not all zero.
    fn dump(&self) -> String {
        use core::fmt::Write;
        let bytes = self.to_vec();
        let mut out = format!("{}\n", Self::NAME);
        for row in Self::ROWS {
            let b = &bytes[row.offset..row.offset + row.size];
            if b.iter().all(|b| *b == 0) {
                continue;
            }
            let _ = write!(out, "  +{:03x}  {:<28}", row.offset, row.name);
            let shown = &b[..b.len().min(16)];
            for byte in shown {
                let _ = write!(out, " {byte:02x}");
            }
            out.push_str(if shown.len() < b.len() { " …\n" } else { "\n" });
        }
        out
    }
}

/// The names of the rows in which two values differ.
pub fn diff<T: Ondisk>(a: &T, b: &T) -> Vec<&'static str> {
    let (a, b) = (a.to_vec(), b.to_vec());
    T::ROWS
        .iter()
        .filter(|r| a[r.offset..r.offset + r.size] != b[r.offset..r.offset + r.size])
        .map(|r| r.name)
        .collect()
}

/// Declares an on-disk struct as a table; see the [crate documentation](crate).
#[macro_export]
macro_rules! ondisk {
    ($(
        $(#[$attr:meta])*
        $vis:vis struct $name:ident [$size:literal] {
            $( $off:literal $field:ident : $ty:ty = $meaning:literal; )*
        }
    )*) => {$(
        $(#[$attr])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        $vis struct $name { $( #[doc = $meaning] pub $field: $ty, )* }

        const _: () = {
            let mut at = 0usize;
            $(
                assert!(at == $off, concat!(stringify!($name), ".", stringify!($field), " is not at ", stringify!($off)));
                at += <$ty as $crate::Field>::SIZE;
            )*
            assert!(at == $size, concat!(stringify!($name), " is not ", stringify!($size), " bytes"));
        };

        #[allow(dead_code)]
        impl $name {
            /// The struct whose bytes are all zero.
            pub const fn zeroed() -> Self {
                Self { $( $field: <$ty as $crate::Field>::ZERO, )* }
            }
            /// The struct as it lies on the disk.
            pub fn to_bytes(&self) -> [u8; $size] {
                let mut out = [0; $size];
                $( $crate::Field::put(&self.$field, &mut out[$off..$off + <$ty as $crate::Field>::SIZE]); )*
                out
            }
            /// Reads the struct back.
            pub fn from_bytes(bytes: &[u8; $size]) -> Self {
                Self { $( $field: $crate::Field::take(&bytes[$off..$off + <$ty as $crate::Field>::SIZE]), )* }
            }
        }

        impl $crate::Ondisk for $name {
            const NAME: &'static str = stringify!($name);
            const ROWS: &'static [$crate::Row] = &[$( $crate::Row {
                offset: $off, size: <$ty as $crate::Field>::SIZE,
                name: stringify!($field), meaning: $meaning,
            }, )*];
            fn to_vec(&self) -> Vec<u8> { self.to_bytes().to_vec() }
        }

        impl $crate::Field for $name {
            const SIZE: usize = $size;
            const ZERO: Self = Self::zeroed();
            fn put(&self, out: &mut [u8]) { out.copy_from_slice(&self.to_bytes()); }
            fn take(bytes: &[u8]) -> Self {
                let mut b = [0; $size];
                b.copy_from_slice(bytes);
                Self::from_bytes(&b)
            }
        }
    )*};
}

#[cfg(test)]
mod tests {
    use crate::{Be16, Le16, Le32, Ondisk, diff};

    ondisk! {
        /// A row of each kind.
        struct Mixed [12] {
            0x00 le   : Le32      = "Little-endian.";
            0x04 be   : Be16      = "Big-endian.";
            0x06 arr  : [Le16; 2] = "Two integers.";
            0x0A raw  : [u8; 2]   = "Bytes.";
        }
    }

    fn sample() -> Mixed {
        Mixed { le: 0x0403_0201.into(), be: 0x0506.into(), arr: [7.into(), 8.into()], raw: [9, 10] }
    }

    #[test]
    fn bytes_lie_where_the_table_says() {
        assert_eq!(sample().to_bytes(), [1, 2, 3, 4, 5, 6, 7, 0, 8, 0, 9, 10]);
        assert_eq!(Mixed::from_bytes(&sample().to_bytes()), sample());
    }

    #[test]
    fn dump_and_diff_come_from_the_table() {
        let other = Mixed { be: 1.into(), ..sample() };
        assert_eq!(diff(&sample(), &other), ["be"]);
        assert!(sample().dump().contains("+004  be                           05 06\n"));
    }
}
