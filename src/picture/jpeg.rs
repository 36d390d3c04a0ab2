//! What a JPEG file says between its markers (ITU-T T.81, annex B).

/// Whether the end marker of the picture is there: a file that was cut short has none, and decoders fill what
/// is missing with grey.
pub(super) fn is_complete(file: &[u8]) -> bool {
    const TEM: u8 = 0x01;
    const STUFFED: u8 = 0x00;
    const START: u8 = 0xD8;
    const END: u8 = 0xD9;
    let mut rest = file;
    while let Some(at) = rest.iter().position(|&byte| byte == 0xFF) {
        rest = &rest[at + 1..];
        match rest.first() {
            Some(&END) => return true,
            // Entropy-coded data, fill bytes and markers that stand alone.
            Some(&(STUFFED | TEM | 0xD0..=START | 0xFF)) => {}
            Some(_) => {
                let &[_, high, low, ..] = rest else { return false };
                let length = usize::from(u16::from_be_bytes([high, low]));
                let Some(next) = rest.get(1 + length..) else {
                    return false;
                };
                rest = next;
            }
            None => return false,
        }
    }
    false
}
