//! LoRAs that come in a tar.

use std::fs::{self, File};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;

use facekit::ErrorKind;
use facekit::models::{Family, LicensePolicy, SafeTensors, Store, TensorFile};
use tar::{Builder, EntryType, Header};

use crate::golden;

const LORA: &str = "diffusion/lora/xl_kohya.safetensors";

/// Writes a tar of files by their names.
fn tar(path: &Path, files: &[(&str, &[u8])]) {
    let mut builder = Builder::new(File::create(path).unwrap());
    for (name, bytes) in files {
        let mut header = Header::new_gnu();
        header.set_size(bytes.len() as u64);
        builder.append_data(&mut header, name, *bytes).unwrap();
    }
    builder.finish().unwrap();
}

fn header(kind: EntryType, size: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_cksum();
    header
}

fn lora() -> Vec<u8> {
    fs::read(golden(LORA)).unwrap()
}

#[test]
fn the_tensors_of_a_tar_are_those_of_the_file_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let long = format!("{}/../lora.SAFETENSORS", "deep/".repeat(50)).replace("/../", "/x/");
    for name in ["lora.safetensors", long.as_str()] {
        let path = folder.path().join("trained.TAR");
        let files = [("embeddings.pti", &[7; 3000][..]), (name, &lora()), ("special_params.json", b"{}")];
        tar(&path, &files);
        let (packed, plain) = (SafeTensors::open(&path).unwrap(), SafeTensors::open(&golden(LORA)).unwrap());
        assert!(packed.names().eq(plain.names()));
        for name in plain.names() {
            assert_eq!(packed.tensor(name).unwrap(), plain.tensor(name).unwrap(), "{name}");
        }
    }
}

#[test]
fn a_tar_is_installed_and_found_like_its_lora() {
    let [home, source] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let path = source.path().join("mine.tar");
    tar(&path, &[("lora.safetensors", &lora())]);
    let mut store = Store::open(vec![home.path().into()], LicensePolicy::Any);
    assert_eq!(store.add(&path).unwrap().name, "mine");
    let found = store.lora(Some(&"mine".into())).unwrap();
    assert_eq!(found.path(), home.path().join("mine.tar"));
    let left: Vec<_> = fs::read_dir(home.path()).unwrap().collect();
    assert_eq!(left.len(), 1);
    assert_eq!(TensorFile::open(&path).unwrap().card().family, Family::SdxlLora);
}

#[test]
fn other_tars_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.tar");
    let refused = || {
        let error = SafeTensors::open(&path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidModel);
        error.to_string()
    };
    tar(&path, &[("readme.txt", b"hello")]);
    assert!(refused().contains("holds no .safetensors"));
    tar(&path, &[("a.safetensors", &lora()), ("b.safetensors", &lora())]);
    assert!(refused().contains("2 .safetensors files, a.safetensors, b.safetensors"));
    fs::write(&path, "no tar at all, but long enough for a header of a tar ".repeat(20)).unwrap();
    assert!(refused().contains("no tar"));

    tar(&path, &[("a.safetensors", &lora())]);
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    assert!(refused().contains("cut off"), "{}", refused());

    let file = File::create(&path).unwrap();
    (&file).write_all(header(EntryType::GNULongName, 1 << 40).as_bytes()).unwrap();
    file.set_len(64 << 20).unwrap();
    assert!(refused().contains("names are too long"), "{}", refused());

    // By its header the first file holds the long name; by the record before it, which counts, it is empty.
    let mut builder = Builder::new(File::create(&path).unwrap());
    builder.append_pax_extensions([("size", &b"0"[..])]).unwrap();
    let mut file = builder.into_inner().unwrap();
    file.seek(SeekFrom::Start(1024)).unwrap();
    file.write_all(header(EntryType::Regular, 64 << 20).as_bytes()).unwrap();
    file.write_all(header(EntryType::GNULongName, 32 << 20).as_bytes()).unwrap();
    file.set_len(128 << 20).unwrap();
    assert!(refused().contains("names are too long"), "{}", refused());

    let many: Vec<(String, &[u8])> = (0..10_002).map(|i| (i.to_string(), &[][..])).collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
    tar(&path, &many);
    assert!(refused().contains("more than 10000 files"));
}
