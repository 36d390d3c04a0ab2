//! Pictures written and read again: pixels, metadata and provenance.

use facekit::picture::{EncodeOptions, FileFormat, Metadata, Provenance};
use facekit::{ErrorKind, Image, Limits, PixelFormat};

const FORMATS: [FileFormat; 3] = [FileFormat::Jpeg, FileFormat::Png, FileFormat::Webp];

fn scene(width: u32, height: u32, format: PixelFormat) -> Image {
    let mut pixels = Vec::new();
    for y in 0..height {
        for x in 0..width {
            let (u, v) = (x * 255 / width, y * 255 / height);
            pixels.extend([u as u8, v as u8, ((u + v) / 2) as u8]);
            if format.has_alpha() {
                pixels.push((255 - u / 2) as u8);
            }
        }
    }
    Image::from_pixels(width, height, format, pixels).unwrap()
}

fn options(format: FileFormat, quality: u8) -> EncodeOptions {
    EncodeOptions { quality, ..EncodeOptions::new(format) }
}

fn round_trip(image: &Image, options: &EncodeOptions) -> Image {
    Image::decode(&image.encode(options).unwrap(), &Limits::default()).unwrap()
}

/// A big-endian TIFF structure with one entry: orientation 1.
fn exif() -> Vec<u8> {
    let mut exif = b"MM\0\x2a\0\0\0\x08\0\x01".to_vec();
    exif.extend(b"\x01\x12\0\x03\0\0\0\x01\0\x01\0\0\0\0\0\0");
    exif
}

/// The header of an ICC profile, as far as it is looked at, and a body of some length.
fn icc(length: usize) -> Vec<u8> {
    let mut icc: Vec<u8> = (0..length).map(|at| (at * 7 + at / 256) as u8).collect();
    icc[16..20].copy_from_slice(b"RGB ");
    icc
}

fn xmp(body: &str) -> Vec<u8> {
    format!(
        "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\
         <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">{body}</rdf:RDF></x:xmpmeta>"
    )
    .into_bytes()
}

#[test]
fn lossless_formats_keep_every_pixel() {
    for format in [PixelFormat::Rgb, PixelFormat::Rgba] {
        for (width, height) in [(1, 1), (1, 7), (33, 20)] {
            let image = scene(width, height, format);
            assert_eq!(round_trip(&image, &options(FileFormat::Png, 95)).pixels(), image.pixels());
            let webp = round_trip(&image, &options(FileFormat::Webp, 100));
            if webp.format() == format {
                assert_eq!(webp.pixels(), image.pixels());
            }
        }
    }
}

#[test]
fn transparent_pixels_keep_their_colour() {
    let image = Image::from_pixels(2, 1, PixelFormat::Rgba, vec![9, 8, 7, 0, 1, 2, 3, 255]).unwrap();
    for options in [options(FileFormat::Png, 95), options(FileFormat::Webp, 100)] {
        assert_eq!(round_trip(&image, &options), image);
    }
}

#[test]
fn lossy_formats_are_close_and_shrink_with_quality() {
    let image = scene(96, 64, PixelFormat::Rgb);
    for format in [FileFormat::Jpeg, FileFormat::Webp] {
        let mut longest = usize::MAX;
        for quality in [95, 75, 10] {
            let file = image.encode(&options(format, quality)).unwrap();
            assert!(file.len() < longest, "{format} {quality}");
            longest = file.len();
            let read = Image::decode(&file, &Limits::default()).unwrap();
            let pairs = read.pixels().iter().zip(image.pixels());
            let error: u64 = pairs.map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
            let mean = error as f64 / image.pixels().len() as f64;
            println!("{format} {quality}: {longest} bytes, mean error {mean:.2}");
            assert!(mean < if quality == 10 { 12.0 } else { 2.0 }, "{format} {quality}: {mean}");
        }
    }
}

#[test]
fn a_jpeg_has_full_colour_from_quality_90_on() {
    let image = scene(32, 32, PixelFormat::Rgb);
    for (quality, sampling) in [(89, 0x22), (90, 0x11), (100, 0x11)] {
        let file = image.encode(&options(FileFormat::Jpeg, quality)).unwrap();
        let frame = file.windows(2).position(|marker| marker == [0xFF, 0xC0]).unwrap();
        assert_eq!(file[frame + 11], sampling, "quality {quality}");
    }
}

#[test]
fn a_jpeg_lays_transparency_on_white() {
    let clear = Image::from_pixels(16, 16, PixelFormat::Rgba, [10, 20, 30, 0].repeat(256)).unwrap();
    let half = Image::from_pixels(16, 16, PixelFormat::Rgba, [0, 0, 0, 127].repeat(256)).unwrap();
    for (image, level) in [(clear, 255), (half, 128)] {
        let read = round_trip(&image, &options(FileFormat::Jpeg, 100));
        assert_eq!(read.format(), PixelFormat::Rgb);
        assert!(read.pixels().iter().all(|value| value.abs_diff(level) <= 1));
    }
}

#[test]
fn metadata_survives_in_every_format() {
    for format in [PixelFormat::Rgb, PixelFormat::Rgba] {
        let mut image = scene(20, 12, format);
        // Longer than one JPEG segment, and of an odd length.
        *image.metadata_mut() = Metadata {
            icc: Some(icc(150_001)),
            exif: Some(exif()),
            xmp: Some(xmp("<rdf:Description rdf:about=\"\"/>")),
        };
        for options in [
            options(FileFormat::Jpeg, 95),
            options(FileFormat::Png, 95),
            options(FileFormat::Webp, 80),
            options(FileFormat::Webp, 100),
        ] {
            let read = round_trip(&image, &options);
            assert_eq!(read.metadata(), image.metadata(), "{options:?}");
            let is_jpeg = options.format == FileFormat::Jpeg;
            assert_eq!(read.format().has_alpha(), format.has_alpha() && !is_jpeg, "{options:?}");
        }
    }
}

#[test]
fn each_block_of_metadata_stands_alone() {
    let blocks = [
        Metadata::default(),
        Metadata { icc: Some(icc(200)), ..Metadata::default() },
        Metadata { exif: Some(exif()), ..Metadata::default() },
        Metadata { xmp: Some(xmp("")), ..Metadata::default() },
    ];
    for metadata in blocks {
        for format in FORMATS {
            let mut image = scene(9, 9, PixelFormat::Rgb);
            *image.metadata_mut() = metadata.clone();
            assert_eq!(round_trip(&image, &options(format, 95)).metadata(), &metadata, "{format}");
        }
    }
}

#[test]
fn a_jpeg_leaves_out_blocks_that_do_not_fit() {
    let mut image = scene(9, 9, PixelFormat::Rgb);
    image.metadata_mut().exif = Some([exif(), vec![0; 70_000]].concat());
    let read = round_trip(&image, &options(FileFormat::Jpeg, 95));
    assert_eq!(read.metadata().exif, None);
    let read = round_trip(&image, &options(FileFormat::Webp, 95));
    assert_eq!(read.metadata().exif, image.metadata().exif);
}

#[test]
fn generated_pictures_say_so_in_every_format() {
    for format in FORMATS {
        for provenance in [Provenance::Composite, Provenance::Generated] {
            let mut image = scene(8, 8, PixelFormat::Rgb);
            image.metadata_mut().set_provenance(provenance);
            let read = round_trip(&image, &EncodeOptions::new(format));
            assert_eq!(read.metadata().provenance(), Some(provenance), "{format}");
            let xmp = String::from_utf8(read.metadata().xmp.clone().unwrap()).unwrap();
            assert!(xmp.contains(&format!(
                "<Iptc4xmpExt:DigitalSourceType>{}</Iptc4xmpExt:DigitalSourceType>",
                provenance.uri()
            )));
        }
        let plain = round_trip(&scene(8, 8, PixelFormat::Rgb), &EncodeOptions::new(format));
        assert_eq!(plain.metadata().provenance(), None);
        assert_eq!(plain.metadata().xmp, None);
    }
    assert_eq!(
        Provenance::Composite.uri(),
        "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
    );
}

#[test]
fn provenance_joins_the_packet_of_the_file() {
    let own =
        "<rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" dc:source=\"me\"/>";
    let camera = "<rdf:Description rdf:about=\"\" dc:source=\"me\" Iptc4xmpExt:DigitalSourceType=\
                  \"http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture\"/>";
    for body in [own, camera] {
        let mut image = scene(8, 8, PixelFormat::Rgb);
        image.metadata_mut().xmp = Some(xmp(body));
        image.metadata_mut().set_provenance(Provenance::Composite);
        let options = EncodeOptions::new(FileFormat::Png);
        let mut read = round_trip(&image, &options);
        assert_eq!(read.metadata().provenance(), Some(Provenance::Composite));
        let packet = String::from_utf8(read.metadata().xmp.clone().unwrap()).unwrap();
        assert!(packet.contains("dc:source=\"me\""), "{packet}");
        assert!(!packet.contains("digitalCapture"), "{packet}");
        assert_eq!(packet.matches("digitalsourcetype/").count(), 1, "{packet}");
        assert!(packet.ends_with("</rdf:RDF></x:xmpmeta>"), "{packet}");
        read.metadata_mut().set_provenance(Provenance::Composite);
        assert_eq!(read.metadata().xmp, image.metadata().xmp);
    }
}

#[test]
fn provenance_replaces_a_packet_that_cannot_hold_it() {
    let long = format!("<rdf:Description rdf:about=\"{}\"/>", "x".repeat(65_300));
    for packet in [vec![0xFF, 0xFE, 0, 1], b"no XML".to_vec(), xmp(&long)] {
        let mut image = scene(8, 8, PixelFormat::Rgb);
        image.metadata_mut().xmp = Some(packet);
        image.metadata_mut().set_provenance(Provenance::Generated);
        let read = round_trip(&image, &EncodeOptions::default());
        assert_eq!(read.metadata().provenance(), Some(Provenance::Generated));
    }
}

#[test]
fn a_picture_without_end_is_refused() {
    let error = Image::new(u32::MAX, u32::MAX, PixelFormat::Rgba).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidParameter);
}

#[test]
fn formats_are_named_and_found_in_paths() {
    for (name, format) in [
        ("jpeg", FileFormat::Jpeg),
        ("JPG", FileFormat::Jpeg),
        ("png", FileFormat::Png),
        ("WebP", FileFormat::Webp),
        ("Gif", FileFormat::Gif),
    ] {
        assert_eq!(name.parse::<FileFormat>().unwrap(), format);
        assert_eq!(FileFormat::from_path(format!("folder.bmp/a.{name}")).unwrap(), format);
    }
    for format in [FileFormat::Gif].into_iter().chain(FORMATS) {
        assert_eq!(format.to_string().parse::<FileFormat>().unwrap(), format);
    }
    let error = "bmp".parse::<FileFormat>().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidParameter);
    assert_eq!(error.to_string(), "no format is named \"bmp\": use jpeg, png, webp or gif");
    for path in ["picture", "png", "picture.bmp", ".png", ""] {
        let error = FileFormat::from_path(path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidParameter, "{path}");
    }
}

#[test]
fn what_a_format_cannot_hold_is_an_error() {
    let image = scene(8, 8, PixelFormat::Rgb);
    for quality in [0, 9, 101, 255] {
        let error = image.encode(&options(FileFormat::Jpeg, quality)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidParameter, "{quality}");
    }
    let wide = Image::new(16_384, 1, PixelFormat::Rgb).unwrap();
    let error = wide.encode(&options(FileFormat::Webp, 95)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("16383"), "{error}");
    assert!(wide.encode(&options(FileFormat::Jpeg, 95)).is_ok());
    let wider = Image::new(65_536, 1, PixelFormat::Rgb).unwrap();
    let error = wider.encode(&options(FileFormat::Jpeg, 95)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert_eq!(round_trip(&wider, &options(FileFormat::Png, 95)), wider);
    let widest = Image::new(16_383, 1, PixelFormat::Rgb).unwrap();
    assert_eq!(round_trip(&widest, &options(FileFormat::Webp, 100)), widest);
}
