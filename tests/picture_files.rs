//! Sources, atomic writing, and pixels in a caller's own layout.

use std::fs;
use std::path::{Path, PathBuf};

use facekit::picture::{EncodeOptions, FileFormat, Source, to_base64, to_data_uri, write_atomic};
use facekit::{ErrorKind, Image, ImageMut, ImageRef, Limits, PixelFormat};

fn read(text: &str) -> Vec<u8> {
    Source::parse(text).unwrap().read(&Limits::default()).unwrap()
}

#[test]
fn paths_and_local_uris_are_paths() {
    for (text, path) in [
        ("a.png", "a.png"),
        ("/pictures/a b.png", "/pictures/a b.png"),
        ("C:\\pictures\\a.png", "C:\\pictures\\a.png"),
        ("c:/a.png", "c:/a.png"),
        ("odd:name.png", "odd:name.png"),
        ("12:30.png", "12:30.png"),
        ("file:///pictures/a%20b.png", "/pictures/a b.png"),
        ("FILE://localhost/a.png", "/a.png"),
        ("file:/a.png", "/a.png"),
    ] {
        assert_eq!(Source::parse(text).unwrap(), Source::Path(PathBuf::from(path)), "{text}");
    }
}

#[test]
fn remote_uris_are_refused() {
    for text in [
        "http://example.org/a.png",
        "https://example.org/a.png",
        "HTTPS://example.org/a.png",
        "ftp://example.org/a.png",
        "s3://bucket/a.png",
        "file://server/share/a.png",
    ] {
        let error = Source::parse(text).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{text}");
        assert!(error.to_string().contains("opens no network connection"), "{error}");
    }
    for text in ["", "file:", "file:///"] {
        assert_eq!(Source::parse(text).unwrap_err().kind(), ErrorKind::InvalidParameter, "{text}");
    }
}

#[test]
fn data_uris_decode() {
    let bytes: Vec<u8> = (0..=255).collect();
    let uri = to_data_uri(&bytes, FileFormat::Png);
    assert!(uri.starts_with("data:image/png;base64,AAEC"));
    assert_eq!(read(&uri), bytes);
    assert_eq!(read(&format!("data:;base64,{}", to_base64(&bytes))), bytes);
    assert_eq!(read("DATA:image/gif,GIF%2F%00a"), b"GIF/\0a");
    assert_eq!(read("data:,"), b"");
    for text in ["data:image/png;base64,A", "data:image/png;base64,????", "data:no-comma"] {
        let error = Source::parse(text).unwrap().read(&Limits::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidParameter, "{text}: {error}");
    }
}

#[test]
fn sources_hold_to_the_limit_of_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.bin");
    fs::write(&path, [7; 100]).unwrap();
    let uri = to_data_uri(&[7; 100], FileFormat::Jpeg);
    for source in [Source::Path(path), Source::Data(uri), Source::Bytes(vec![7; 100])] {
        let limits = |bytes| Limits { bytes, ..Limits::default() };
        assert_eq!(source.read(&limits(100)).unwrap(), [7; 100]);
        let error = source.read(&limits(99)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LimitExceeded, "{source:?}: {error}");
    }
    // A device says that it is empty, and never ends.
    let device = Path::new("/dev/zero");
    if device.exists() {
        let limits = Limits { bytes: 1000, ..Limits::default() };
        let error = Source::Path(device.to_owned()).read(&limits).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LimitExceeded);
    }
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path().join("missing.png"), folder.path().to_owned()] {
        let error = Image::open(&path, &Limits::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io, "{error}");
        assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
    }
}

#[test]
fn a_file_is_written_whole_and_replaced_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.png");
    write_atomic(&path, b"first").unwrap();
    write_atomic(&path, b"second").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"second");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);

    let image = Image::new(3, 2, PixelFormat::Rgb).unwrap();
    image.save(&path, &EncodeOptions::new(FileFormat::Png)).unwrap();
    assert_eq!(Image::open(&path, &Limits::default()).unwrap(), image);
}

#[cfg(unix)]
#[test]
fn permissions_are_those_of_any_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
    let (ours, plain) = (folder.path().join("ours"), folder.path().join("plain"));
    write_atomic(&ours, b"x").unwrap();
    fs::write(&plain, b"x").unwrap();
    assert_eq!(mode(&ours), mode(&plain));

    fs::set_permissions(&ours, fs::Permissions::from_mode(0o640)).unwrap();
    write_atomic(&ours, b"y").unwrap();
    assert_eq!(mode(&ours) & 0o777, 0o640);

    let link = folder.path().join("link");
    std::os::unix::fs::symlink(&ours, &link).unwrap();
    write_atomic(&link, b"z").unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::read(&ours).unwrap(), b"z");
}

#[test]
fn a_write_that_fails_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, b"old").unwrap();
    let subfolder = folder.path().join("folder");
    fs::create_dir(&subfolder).unwrap();
    let mut paths = vec![folder.path().join("missing/a.png"), file.join("a.png"), subfolder];
    if Path::new("/proc/self").exists() {
        paths.push("/proc/a.png".into());
    }
    for path in paths {
        let error = write_atomic(&path, b"new").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io, "{error}");
        assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
    }
    assert_eq!(fs::read(&file).unwrap(), b"old");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

const FORMATS: [PixelFormat; 5] =
    [PixelFormat::Rgb, PixelFormat::Bgr, PixelFormat::Rgba, PixelFormat::Bgra, PixelFormat::Grey];

#[test]
fn every_layout_goes_in_and_out_again() {
    const PAD: usize = 5;
    let (width, height) = (7, 3);
    for format in FORMATS {
        let row = width as usize * format.channels();
        let stride = row + PAD;
        // The last row ends with its last pixel.
        let pixels: Vec<u8> = (0..stride * 2 + row).map(|at| (at * 31) as u8).collect();
        let view = ImageRef::new(&pixels, width, height, stride, format).unwrap();
        let image = Image::from_view(view);
        assert_eq!(image.format().has_alpha(), format.has_alpha());
        for y in 0..height {
            for x in 0..width as usize {
                let pixel = &view.row(y)[x * format.channels()..];
                let found = &image.view().row(y)[x * image.format().channels()..];
                assert_eq!(found[..3], format.rgb_offsets().map(|at| pixel[at]), "{format:?}");
                if format.has_alpha() {
                    assert_eq!(found[3], pixel[3]);
                }
            }
        }
        let mut back = vec![99; pixels.len()];
        let mut target = ImageMut::new(&mut back, width, height, stride, format).unwrap();
        image.copy_to(&mut target).unwrap();
        for y in 0..height {
            assert_eq!(target.as_ref().row(y), view.row(y), "{format:?}");
        }
        assert_eq!(back[row..stride], [99; PAD], "the padding stays");
    }
}

#[test]
fn alpha_stays_where_only_the_target_has_it() {
    let image = Image::from_pixels(1, 1, PixelFormat::Rgb, vec![1, 2, 3]).unwrap();
    for (format, expected) in [(PixelFormat::Rgba, [1, 2, 3, 77]), (PixelFormat::Bgra, [3, 2, 1, 77])] {
        let mut pixel = [0, 0, 0, 77];
        image.copy_to(&mut ImageMut::new(&mut pixel, 1, 1, 4, format).unwrap()).unwrap();
        assert_eq!(pixel, expected);
    }
    let image = Image::from_pixels(1, 1, PixelFormat::Rgba, vec![1, 2, 3, 4]).unwrap();
    for (format, expected) in [(PixelFormat::Rgb, [1, 2, 3]), (PixelFormat::Bgr, [3, 2, 1])] {
        let mut pixel = [0; 3];
        image.copy_to(&mut ImageMut::new(&mut pixel, 1, 1, 3, format).unwrap()).unwrap();
        assert_eq!(pixel, expected);
    }
}

#[test]
fn grey_is_luma_rounded_half_to_even() {
    for ([red, green, blue], expected) in [
        ([255, 255, 255], 255),
        ([255, 0, 0], 76),
        ([0, 255, 0], 150),
        ([0, 0, 255], 29),
        // 28.5, 21.5 and 14.5.
        ([0, 0, 250], 28),
        ([0, 4, 168], 22),
        ([0, 8, 86], 14),
    ] {
        let image = Image::from_pixels(1, 1, PixelFormat::Rgb, vec![red, green, blue]).unwrap();
        let mut grey = [0];
        let mut target = ImageMut::new(&mut grey, 1, 1, 1, PixelFormat::Grey).unwrap();
        image.copy_to(&mut target).unwrap();
        assert_eq!(grey[0], expected, "{red} {green} {blue}");
    }
}

#[test]
fn sizes_must_agree() {
    let image = Image::new(2, 2, PixelFormat::Rgb).unwrap();
    let mut pixels = [0; 12];
    let mut target = ImageMut::new(&mut pixels, 4, 1, 12, PixelFormat::Rgb).unwrap();
    let error = image.copy_to(&mut target).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidParameter);
    assert!(error.to_string().contains("2×2"), "{error}");
}
