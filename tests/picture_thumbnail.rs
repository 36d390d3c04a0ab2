//! Thumbnails taken out of metadata, with the EXIF block that `tests/reference/animation.py` makes.

use facekit::picture::Metadata;

fn exif() -> Vec<u8> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/animation/thumbnail.exif");
    std::fs::read(path).unwrap()
}

#[test]
fn a_thumbnail_goes_and_the_rest_stays() {
    let exif = exif();
    let xmp = b"<x>a<xmp:Thumbnails><rdf:Alt/></xmp:Thumbnails>b</x>".to_vec();
    let metadata = Metadata { icc: None, exif: Some(exif.clone()), xmp: Some(xmp) }.without_thumbnail();
    assert_eq!(metadata.xmp.as_deref(), Some(&b"<x>ab</x>"[..]));
    let cut = metadata.exif.clone().unwrap();
    let jpeg = exif.windows(3).position(|start| start == [0xFF, 0xD8, 0xFF]).unwrap();
    assert!(cut.len() < jpeg && !cut.windows(2).any(|start| start == [0xFF, 0xD8]));
    let entries = usize::from(u16::from_be_bytes([exif[8], exif[9]]));
    let link = 10 + 12 * entries;
    assert_ne!(exif[link..link + 4], [0; 4]);
    assert_eq!(cut[link..link + 4], [0; 4]);
    assert_eq!(cut[..link], exif[..link]);
    assert_eq!(cut[link + 4..], exif[link + 4..cut.len()]);
    assert!(cut.windows(19).any(|text| text == b"2026:01:02 03:04:05"));
    assert_eq!(metadata.clone().without_thumbnail(), metadata);
}

#[test]
fn damaged_exif_never_crashes() {
    let exif = exif();
    for at in 0..exif.len() {
        _ = Metadata { exif: Some(exif[..at].to_vec()), ..Metadata::default() }.without_thumbnail();
        for value in [0, 1, 0x7F, 0xFF] {
            let mut damaged = exif.clone();
            damaged[at] = value;
            let length = damaged.len();
            let metadata = Metadata { exif: Some(damaged), ..Metadata::default() }.without_thumbnail();
            assert!(metadata.exif.unwrap().len() <= length);
        }
    }
}
