//! A point in time.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};
use std::borrow::Cow;
use toml::value::{Datetime, Offset};

/// A point in time that every file system on a key can hold; in the spec the seconds since
/// 1970-01-01T00:00:00Z, or a TOML offset date-time such as `2026-11-22T12:00:00Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(i64);

impl Time {
    /// The last second that ext4 can hold, in the year 2446.
    const LAST: i64 = 0x3_7fff_ffff;

    /// The time that many seconds after 1970.
    ///
    /// # Errors
    /// A message, for a time that a file system cannot hold.
    pub fn from_seconds(seconds: i64) -> Result<Self, String> {
        match seconds {
            0..=Self::LAST => Ok(Self(seconds)),
            _ => Err(format!(
                "{seconds} is out of range; the file systems on the key hold 0 to {} seconds \
                 since 1970",
                Self::LAST
            )),
        }
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    pub fn seconds(self) -> i64 {
        self.0
    }

    #[cfg(test)]
    pub(crate) const AT_7: Self = Self(7);
}

/// 2009-01-01T00:00:00Z, the time of a key to which nobody gives one. See `docs/adr/0006`.
impl Default for Time {
    fn default() -> Self {
        Self(1_230_768_000)
    }
}

const EXPECTED: &str = "write a date and time with its offset, such as 2026-11-22T12:00:00Z, \
                        or whole seconds since 1970";

/// Seconds since 1970 of a date and time with its offset.
fn seconds_since_1970(t: Datetime) -> Result<i64, String> {
    let (Some(date), Some(time), Some(offset)) = (t.date, t.time, t.offset) else {
        return Err(format!("{t} is no point in time; {EXPECTED}"));
    };
    if time.nanosecond.is_some_and(|n| n != 0) {
        return Err(format!("{t} has a fraction of a second; {EXPECTED}"));
    }
    let minutes = match offset {
        Offset::Z => 0,
        Offset::Custom { minutes } => minutes.into(),
    };
    let of_day = (i64::from(time.hour) * 60 + i64::from(time.minute) - minutes) * 60;
    let days = days_since_1970(date.year.into(), date.month.into(), date.day.into());
    Ok(days * 86400 + of_day + i64::from(time.second.unwrap_or(0)))
}

/// Days from 1970-01-01 to a date of the Gregorian calendar. Years are counted from March, so
/// that the leap day is a year's last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let of_year = (153 * month + 2) / 5 + day - 1;
    year * 365 + leap_days + of_year - 719_468
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        match toml::Value::deserialize(d)? {
            toml::Value::Integer(seconds) => Self::from_seconds(seconds).map_err(de::Error::custom),
            toml::Value::Datetime(t) => {
                seconds_since_1970(t).and_then(Self::from_seconds).map_err(de::Error::custom)
            }
            other => {
                let what = format!("a {} is no point in time; {EXPECTED}", other.type_str());
                Err(de::Error::custom(what))
            }
        }
    }
}

impl JsonSchema for Time {
    fn schema_name() -> Cow<'static, str> {
        "Time".into()
    }

    /// JSON has no dates: whoever holds a TOML document against a schema sees texts in their place.
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [
            {
                "type": "string",
                "format": "date-time",
                "pattern": r"^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d)?([Zz]|[+-]\d\d:\d\d)$",
            },
            { "type": "integer", "minimum": 0, "maximum": Self::LAST },
        ] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected values from `date -u -d … +%s`.
    #[test]
    fn dates_are_counted_as_date_counts_them() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2026-11-22T12:00:00Z", 1_795_348_800),
            ("2000-02-29T23:59:59Z", 951_868_799),
            ("2000-03-01T01:00:00+02:00", 951_865_200),
            ("1969-12-31T18:30:00-05:30", 0),
            ("1900-03-01T00:00:00Z", -2_203_891_200),
            ("0000-01-01T00:00:00Z", -62_167_219_200),
            ("9999-12-31T23:59:59Z", 253_402_300_799),
        ] {
            let t: Datetime = text.parse().unwrap();
            assert_eq!(seconds_since_1970(t), Ok(seconds), "{text}");
        }
    }

    #[test]
    fn every_month_follows_the_one_before() {
        let mut last = days_since_1970(1899, 12, 1);
        for (year, month) in (1900..2500).flat_map(|y| (1..=12).map(move |m| (y, m))) {
            let first = days_since_1970(year, month, 1);
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let length = match month {
                1 | 2 | 4 | 6 | 8 | 9 | 11 => 31, // of the month before
                3 => 28 + i64::from(leap),
                _ => 30,
            };
            assert_eq!(first - last, length, "{year}-{month}");
            last = first;
        }
    }
}
