//! The bytes of D-Bus' messages: calls, as they are written, and replies, as they are read. Both are
//! little-endian.

/// Most bytes of a message that is read.
const LONGEST: usize = 1 << 20;
/// Bytes of the fixed part at its start.
pub(crate) const FIXED: usize = 16;

const CALL: u8 = 1;
const REPLY: u8 = 2;
const ERROR: u8 = 3;
/// The flag of a call by which a user may be asked for a password.
const MAY_ASK: u8 = 4;

/// Bytes that are written, each value at a multiple of its size.
#[derive(Debug, Default, Clone)]
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    fn align(&mut self, to: usize) {
        self.0.resize(self.0.len().next_multiple_of(to), 0);
    }

    pub(crate) fn u32(&mut self, value: u32) {
        self.align(4);
        self.0.extend(value.to_le_bytes());
    }

    /// A text, or the path of an object.
    pub(crate) fn text(&mut self, text: &str) {
        // OK to cast: texts of ours, and paths of files.
        self.u32(text.len() as u32);
        self.0.extend(text.as_bytes());
        self.0.push(0);
    }

    /// The signature of what follows.
    fn signature(&mut self, text: &str) {
        // OK to cast: a few letters.
        self.0.push(text.len() as u8);
        self.0.extend(text.as_bytes());
        self.0.push(0);
    }

    /// An array: its length, and what `fill` writes, from a multiple of 8 on.
    fn array(&mut self, fill: impl FnOnce(&mut Self)) {
        self.u32(0);
        let length_at = self.0.len() - 4;
        self.align(8);
        let start = self.0.len();
        fill(self);
        // OK to cast: as short as what is written.
        let len = (self.0.len() - start) as u32;
        self.0[length_at..length_at + 4].copy_from_slice(&len.to_le_bytes());
    }

    /// A dictionary of options, with none or one in it.
    pub(crate) fn options(&mut self, option: Option<(&str, &Variant<'_>)>) {
        self.array(|writer| {
            if let Some((name, value)) = option {
                writer.text(name);
                match value {
                    Variant::Text(text) => {
                        writer.signature("s");
                        writer.text(text);
                    }
                    Variant::Number(number) => {
                        writer.signature("i");
                        writer.u32(*number);
                    }
                }
            }
        });
    }
}

/// A value in a dictionary.
#[derive(Debug)]
pub(crate) enum Variant<'a> {
    Text(&'a str),
    /// As an `i32`, none of which is negative here.
    Number(u32),
}

/// A call of a method.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) service: &'a str,
    pub(crate) object: &'a str,
    pub(crate) interface: &'a str,
    pub(crate) method: &'a str,
    /// The types of the arguments.
    pub(crate) signature: &'a str,
    pub(crate) arguments: Writer,
}

impl Call<'_> {
    /// The bytes of the call with that number.
    pub(crate) fn encode(&self, serial: u32) -> Vec<u8> {
        let mut out = Writer(vec![b'l', CALL, MAY_ASK, 1]);
        // OK to cast: as short as what is written.
        out.u32(self.arguments.0.len() as u32);
        out.u32(serial);
        out.array(|out| {
            let fields = [(1, "o", self.object), (6, "s", self.service)];
            let names = [(2, "s", self.interface), (3, "s", self.method)];
            for (code, kind, value) in fields.into_iter().chain(names) {
                out.align(8);
                out.0.push(code);
                out.signature(kind);
                out.text(value);
            }
            if !self.signature.is_empty() {
                out.align(8);
                out.0.push(8);
                out.signature("g");
                out.signature(self.signature);
            }
        });
        out.align(8);
        out.0.extend(&self.arguments.0);
        out.0
    }
}

/// A message that came.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Message {
    /// Whether it is an error that answers a call.
    pub(crate) is_error: bool,
    /// The number of the call that it answers; `None`: it answers none.
    pub(crate) answers: Option<u32>,
    /// The error's name.
    pub(crate) error: Option<String>,
    /// The types of what it carries.
    pub(crate) signature: String,
    pub(crate) body: Vec<u8>,
}

/// Bytes that are read; nothing of them is believed.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    fn align(&mut self, to: usize) {
        self.at = self.at.next_multiple_of(to);
    }

    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let taken = self.bytes.get(self.at..self.at.checked_add(len)?)?;
        self.at += len;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.align(4);
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    pub(crate) fn text(&mut self) -> Option<String> {
        let len = self.u32()? as usize;
        let text = self.take(len)?.to_vec();
        self.take(1)?;
        String::from_utf8(text).ok()
    }

    pub(crate) fn signature(&mut self) -> Option<String> {
        let len = self.byte()?.into();
        let text = self.take(len)?.to_vec();
        self.take(1)?;
        String::from_utf8(text).ok()
    }
}

/// The bytes of a whole message whose fixed part this is; `None`: it is none that is read here.
pub(crate) fn len(fixed: &[u8]) -> Option<usize> {
    let mut reader = Reader::new(fixed);
    if reader.byte()? != b'l' {
        return None;
    }
    reader.take(3)?;
    let (body, _serial, fields) = (reader.u32()? as usize, reader.u32()?, reader.u32()? as usize);
    let len = FIXED.checked_add(fields)?.checked_next_multiple_of(8)?.checked_add(body)?;
    (len <= LONGEST).then_some(len)
}

/// Reads a message that is as long as [`len`] says.
pub(crate) fn decode(bytes: &[u8]) -> Option<Message> {
    let mut reader = Reader::new(bytes);
    reader.byte()?;
    let kind = reader.byte()?;
    reader.take(2)?;
    let (body, _serial, fields) = (reader.u32()? as usize, reader.u32()?, reader.u32()? as usize);
    let mut message = Message { is_error: kind == ERROR, ..Message::default() };
    let end = reader.at.checked_add(fields)?;
    while reader.at < end {
        reader.align(8);
        let code = reader.byte()?;
        match &*reader.signature()? {
            "u" => {
                let value = reader.u32()?;
                if code == 5 && matches!(kind, REPLY | ERROR) {
                    message.answers = Some(value);
                }
            }
            "s" | "o" => {
                let text = reader.text()?;
                if code == 4 {
                    message.error = Some(text);
                }
            }
            "g" => {
                let text = reader.signature()?;
                if code == 8 {
                    message.signature = text;
                }
            }
            // The specification has no others.
            _ => return None,
        }
    }
    reader.at = end;
    reader.align(8);
    message.body = reader.take(body)?.to_vec();
    Some(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(fields: &[u8], body: &[u8]) -> Vec<u8> {
        let mut bytes = vec![b'l', REPLY, 1, 1];
        bytes.extend((body.len() as u32).to_le_bytes());
        bytes.extend(9_u32.to_le_bytes());
        bytes.extend((fields.len() as u32).to_le_bytes());
        bytes.extend(fields);
        bytes.resize(bytes.len().next_multiple_of(8), 0);
        bytes.extend(body);
        bytes
    }

    /// Answers call 7, with a text.
    const FIELDS: [u8; 15] = [5, 1, b'u', 0, 7, 0, 0, 0, 8, 1, b'g', 0, 1, b's', 0];

    #[test]
    fn a_reply_is_read_and_no_part_of_one_is() {
        let body = [2, 0, 0, 0, b'h', b'i', 0];
        let bytes = reply(&FIELDS, &body);
        assert_eq!(len(&bytes[..FIXED]), Some(bytes.len()));
        let message = decode(&bytes).unwrap();
        assert_eq!((message.answers, &*message.signature), (Some(7), "s"));
        assert_eq!(Reader::new(&message.body).text().unwrap(), "hi");
        for cut in 0..bytes.len() {
            assert_eq!(decode(&bytes[..cut]), None, "{cut}");
        }
    }

    #[test]
    fn lengths_that_no_message_has_are_none() {
        let mut bytes = reply(&FIELDS, &[]);
        bytes[12..16].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(len(&bytes), None);
        assert_eq!(decode(&bytes), None);
        assert_eq!(len(b"B234567890123456"), None);
        assert_eq!(Reader::new(&[255, 255, 255, 255, 1]).text(), None);
    }

    #[test]
    fn a_call_is_what_the_specification_says() {
        let mut arguments = Writer::default();
        arguments.text("rw");
        arguments.options(Some(("flags", &Variant::Number(0x4080))));
        let call = Call {
            service: "a.b",
            object: "/c",
            interface: "d.e",
            method: "F",
            signature: "sa{sv}",
            arguments,
        };
        let bytes = call.encode(3);
        assert_eq!(len(&bytes), Some(bytes.len()));
        let message = decode(&bytes).unwrap();
        assert_eq!((message.answers, &*message.signature), (None, "sa{sv}"));
        let body = b"\x02\0\0\0rw\0\0\x14\0\0\0\0\0\0\0\x05\0\0\0flags\0\x01i\0\0\0\0\x80\x40\0\0";
        assert_eq!(message.body, body);
    }
}
