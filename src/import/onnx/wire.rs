//! The wire format of protobuf, walked without building anything.
//!
//! Two bytes in a file can stand for a whole message, which takes hundreds once it is decoded. What may repeat is
//! therefore counted here first.

use crate::error::{Error, Result};

/// The number of a field, and its content: the bytes of a text, a list or a message, or of one number.
type Field<'a> = (u32, &'a [u8]);

/// The fields of a message in their order.
pub(super) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(super) fn of(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    fn field(&mut self) -> Option<Field<'a>> {
        let key = u32::try_from(varint(&mut self.rest)?).ok()?;
        let start = self.rest;
        let length = match key & 7 {
            0 => {
                varint(&mut self.rest)?;
                start.len() - self.rest.len()
            }
            1 => 8,
            2 => {
                let length = usize::try_from(varint(&mut self.rest)?).ok()?;
                let (content, rest) = self.rest.split_at_checked(length)?;
                self.rest = rest;
                return (key >= 8).then_some((key >> 3, content));
            }
            5 => 4,
            // Groups are not used by ONNX.
            _ => return None,
        };
        let (content, rest) = start.split_at_checked(length)?;
        self.rest = rest;
        (key >= 8).then_some((key >> 3, content))
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<Field<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_none() {
            self.rest = &[];
        }
        Some(field.ok_or_else(|| Error::model("the ONNX file is broken or cut off: a field is longer than the file")))
    }
}

/// Takes a number of up to ten bytes off the front.
pub(super) fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

/// Refuses a message of more than `most` fields, or with more than `most` bytes in one of the `lists`.
pub(super) fn limit(what: &str, message: &[u8], most: usize, lists: &[u32]) -> Result<()> {
    for (count, field) in Fields::of(message).enumerate() {
        let (tag, content) = field?;
        if count >= most || (lists.contains(&tag) && content.len() > most) {
            return Err(Error::model(format!("{what} has more than {most} parts")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_field_is_walked() {
        let message = [0x08, 0x96, 0x01, 0x12, 2, b'h', b'i', 0x1d, 1, 2, 3, 4, 0x21, 1, 2, 3, 4, 5, 6, 7, 8];
        let fields: Vec<_> = Fields::of(&message).map(Result::unwrap).collect();
        let expected: [Field<'_>; 4] =
            [(1, &[0x96, 1]), (2, b"hi"), (3, &[1, 2, 3, 4]), (4, &[1, 2, 3, 4, 5, 6, 7, 8])];
        assert_eq!(fields, expected);
        assert_eq!(varint(&mut &message[1..]), Some(150));
    }

    #[test]
    fn broken_messages_end_in_one_error() {
        let huge = [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
        let endless = [0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
        for bad in [&[0x0a, 5, 1][..], &[0x0d, 1], &[0x0b], &[0x00, 1], &[0x08], &huge, &endless] {
            let fields: Vec<_> = Fields::of(bad).collect();
            assert!(fields.last().unwrap().is_err(), "{bad:?}");
            assert_eq!(fields.iter().filter(|field| field.is_err()).count(), 1);
        }
    }

    #[test]
    fn parts_are_counted() {
        assert!(limit("x", &[8, 1, 8, 2, 8, 3], 3, &[]).is_ok());
        assert!(limit("x", &[8, 1, 8, 2, 8, 3], 2, &[]).unwrap_err().to_string().contains("more than 2"));
        assert!(limit("x", &[0x0a, 3, 1, 1, 1], 2, &[1]).is_err());
        assert!(limit("x", &[0x0a, 3, 1, 1, 1], 2, &[2]).is_ok());
    }
}
