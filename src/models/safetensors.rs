//! Tensors in a safetensors file: what LoRAs, adapters and textual inversions come in.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use half::{bf16, f16};
use ndarray::ArrayD;
use safetensors::Dtype;
use safetensors::tensor::{Metadata, TensorInfo};

use crate::error::{Error, ErrorKind, Result};
use crate::models::archive::only_tensors;

/// The longest header that is read, in bytes; those of the largest models have some hundred thousand.
const MAX_HEADER: u64 = 16 << 20;

/// An open safetensors file; its tensors are read when they are asked for.
///
/// `Send + Sync`: threads may share it.
#[derive(Debug)]
pub struct SafeTensors {
    path: PathBuf,
    file: Mutex<File>,
    /// Where the tensors begin.
    data: u64,
    tensors: BTreeMap<String, TensorInfo>,
    metadata: HashMap<String, String>,
}

impl SafeTensors {
    /// Opens a file and reads its header, of at most 16 MiB; of a `.tar`, that of the only safetensors file in it.
    ///
    /// # Errors
    /// [`ErrorKind::Io`]; [`ErrorKind::InvalidModel`] when the file is not safetensors or is truncated, a tar holds none
    /// or several, or the tensors overlap, leave gaps or do not have the sizes that their shapes say.
    pub fn open(path: &Path) -> Result<Self> {
        let mut file = File::open(path).map_err(|error| Error::io("open", path, error))?;
        let span = match path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("tar")) {
            true => only_tensors(&file),
            false => file.metadata().map(|metadata| 0..metadata.len()),
        };
        let header = span.and_then(|span| read_header(&mut file, span));
        let (data, header) = header.map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData => invalid(path, &error.to_string()).with_source(error),
            _ => Error::io("read", path, error),
        })?;
        let tensors = header.tensors().into_iter().map(|(name, info)| (name, info.clone())).collect();
        let metadata = header.metadata().clone().unwrap_or_default();
        Ok(Self { path: path.to_path_buf(), file: Mutex::new(file), data, tensors, metadata })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The names of the tensors, sorted.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// The sides of a tensor, if there is one of this name.
    pub fn dims(&self, name: &str) -> Option<&[usize]> {
        self.tensors.get(name).map(|info| info.shape.as_slice())
    }

    /// What the file says of itself, such as `ss_base_model_version`.
    pub fn metadata(&self) -> &HashMap<String, String> {
        &self.metadata
    }

    /// A tensor, read from the file and converted to 32-bit floats.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidModel`] when there is none of this name, or its elements are none of the floats of 16, 32
    /// and 64 bits and the integers of 32 and 64 bits; [`ErrorKind::Io`] when it cannot be read.
    pub fn tensor(&self, name: &str) -> Result<ArrayD<f32>> {
        let info = self
            .tensors
            .get(name)
            .ok_or_else(|| invalid(&self.path, &format!("it has no tensor `{name}`")))?;
        let bytes = self.read(info).map_err(|error| Error::io("read", &self.path, error))?;
        let values = to_f32(info.dtype, &bytes).ok_or_else(|| {
            invalid(
                &self.path,
                &format!("the tensor `{name}` is of type {:?}, and floats were expected", info.dtype),
            )
        })?;
        ArrayD::from_shape_vec(info.shape.as_slice(), values).map_err(|error| {
            invalid(&self.path, &format!("the tensor `{name}` has the impossible shape {:?}", info.shape))
                .with_source(error)
        })
    }

    fn read(&self, info: &TensorInfo) -> io::Result<Vec<u8>> {
        let (start, end) = info.data_offsets;
        let mut bytes = vec![0; end - start];
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(self.data + start as u64))?;
        file.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

/// Where the tensors begin, and what the header says of them; it was held against the length of the span of the file that
/// they are in.
fn read_header(file: &mut File, span: Range<u64>) -> io::Result<(u64, Metadata)> {
    let malformed = |reason: &str| io::Error::new(io::ErrorKind::InvalidData, reason);
    let whole = span.end - span.start;
    if whole < 8 {
        return Err(malformed("it is shorter than a header"));
    }
    file.seek(SeekFrom::Start(span.start))?;
    let mut len = [0; 8];
    file.read_exact(&mut len)?;
    let len = u64::from_le_bytes(len);
    if len > whole - 8 {
        return Err(malformed(
            "its header is longer than the file: the file is truncated or not safetensors",
        ));
    }
    if len > MAX_HEADER {
        return Err(malformed("its header is longer than 16 MiB"));
    }
    let mut header = vec![0; len as usize];
    file.read_exact(&mut header)?;
    let header: Metadata =
        serde_json::from_slice(&header).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
    let head = 8 + len;
    if head.checked_add(header.data_len() as u64) != Some(whole) {
        return Err(malformed(&format!(
            "its tensors take {} bytes and {} are there: the file is truncated or damaged",
            header.data_len(),
            whole - head
        )));
    }
    Ok((span.start + head, header))
}

fn to_f32(dtype: Dtype, bytes: &[u8]) -> Option<Vec<f32>> {
    fn each<const N: usize>(bytes: &[u8], convert: impl Fn([u8; N]) -> f32) -> Vec<f32> {
        bytes.as_chunks().0.iter().map(|&bytes| convert(bytes)).collect()
    }
    match dtype {
        Dtype::F16 => Some(each(bytes, |bytes| f16::from_le_bytes(bytes).to_f32())),
        Dtype::BF16 => Some(each(bytes, |bytes| bf16::from_le_bytes(bytes).to_f32())),
        Dtype::F32 => Some(each(bytes, f32::from_le_bytes)),
        Dtype::F64 => Some(each(bytes, |bytes| f64::from_le_bytes(bytes) as f32)),
        Dtype::I32 => Some(each(bytes, |bytes| i32::from_le_bytes(bytes) as f32)),
        Dtype::I64 => Some(each(bytes, |bytes| i64::from_le_bytes(bytes) as f32)),
        _ => None,
    }
}

fn invalid(path: &Path, what: &str) -> Error {
    Error::new(
        ErrorKind::InvalidModel,
        format!("{}: it cannot be read as safetensors: {what}", path.display()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::{NamedTempFile, tempdir};

    fn file(header: &str, data: &[u8]) -> NamedTempFile {
        let file = NamedTempFile::new().unwrap();
        let bytes = [&(header.len() as u64).to_le_bytes(), header.as_bytes(), data].concat();
        std::fs::write(file.path(), bytes).unwrap();
        file
    }

    fn refused(header: &str, data: &[u8]) -> String {
        let file = file(header, data);
        let error = SafeTensors::open(file.path()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidModel);
        assert!(error.to_string().contains(&file.path().display().to_string()), "{error}");
        error.to_string()
    }

    #[test]
    fn every_type_is_read_as_floats() {
        let values = [0.5_f32, -2.0, 96.0];
        let types: [(&str, Vec<u8>, [f32; 3]); 6] = [
            ("F16", values.map(f16::from_f32).map(f16::to_le_bytes).concat(), values),
            ("BF16", values.map(bf16::from_f32).map(bf16::to_le_bytes).concat(), values),
            ("F32", values.map(f32::to_le_bytes).concat(), values),
            ("F64", values.map(f64::from).map(f64::to_le_bytes).concat(), values),
            ("I32", [1_i32, -2, 3].map(i32::to_le_bytes).concat(), [1.0, -2.0, 3.0]),
            ("I64", [1_i64, -2, 3].map(i64::to_le_bytes).concat(), [1.0, -2.0, 3.0]),
        ];
        for (name, data, expected) in types {
            let header = format!(
                r#"{{"__metadata__":{{"a":"b"}},"alpha":{{"dtype":"F32","shape":[],"data_offsets":[0,4]}},
                    "x":{{"dtype":"{name}","shape":[3,1],"data_offsets":[4,{}]}}}}"#,
                4 + data.len()
            );
            let file = file(&header, &[&7.5_f32.to_le_bytes(), data.as_slice()].concat());
            let tensors = SafeTensors::open(file.path()).unwrap();
            assert_eq!(tensors.names().collect::<Vec<_>>(), ["alpha", "x"]);
            assert_eq!(tensors.metadata()["a"], "b");
            assert_eq!(tensors.dims("x").unwrap(), [3, 1]);
            assert_eq!(tensors.dims("y"), None);
            assert_eq!(tensors.tensor("alpha").unwrap(), ArrayD::from_elem(vec![], 7.5));
            let x = tensors.tensor("x").unwrap();
            assert_eq!((x.shape(), x.as_slice().unwrap()), (&[3, 1][..], &expected[..]), "{name}");
            assert!(tensors.tensor("y").unwrap_err().to_string().contains("no tensor `y`"));
        }
    }

    #[test]
    fn damaged_files_are_refused() {
        let one = r#"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#;
        assert!(SafeTensors::open(file(one, &[0; 8]).path()).is_ok());
        assert!(refused(one, &[0; 7]).contains("8 bytes and 7 are there"));
        assert!(refused(one, &[0; 9]).contains("8 bytes and 9 are there"));
        refused(r#"{"x":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#, &[0; 8]);
        refused(r#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, &[0; 8]);
        refused(
            r#"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"y":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#,
            &[0; 12],
        );
        refused(r#"{"x":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}"#, &[]);
        refused(r#"{"x":{"dtype":"U9","shape":[1],"data_offsets":[0,1]}}"#, &[0]);
        refused("[]", &[]);
        refused("{", &[]);
        let folder = tempdir().unwrap();
        let path = folder.path().join("x.safetensors");
        for bytes in [&b"hello"[..], b"hello, this is not safetensors", &[0xff; 64], &[]] {
            std::fs::write(&path, bytes).unwrap();
            assert_eq!(SafeTensors::open(&path).unwrap_err().kind(), ErrorKind::InvalidModel);
        }
        let missing = SafeTensors::open(&folder.path().join("none")).unwrap_err();
        assert_eq!(missing.kind(), ErrorKind::Io);
    }

    #[test]
    fn what_cannot_be_floats_is_refused() {
        let header = r#"{"x":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},
            "y":{"dtype":"F32","shape":[0,18446744073709551615],"data_offsets":[2,2]}}"#;
        let file = file(header, &[0; 2]);
        let tensors = SafeTensors::open(file.path()).unwrap();
        assert!(tensors.tensor("x").unwrap_err().to_string().contains("type U8"));
        assert!(tensors.tensor("y").unwrap_err().to_string().contains("impossible shape"));
    }

    /// The file claims a long header in a hole.
    #[test]
    fn a_long_header_is_not_read() {
        let file = NamedTempFile::new().unwrap();
        std::fs::write(file.path(), (1_u64 << 34).to_le_bytes()).unwrap();
        file.as_file().set_len(1 << 35).unwrap();
        let error = SafeTensors::open(file.path()).unwrap_err();
        assert!(error.to_string().contains("longer than 16 MiB"), "{error}");
    }
}
