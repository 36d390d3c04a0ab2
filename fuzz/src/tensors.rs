//! Safetensors files, bare and in archives: LoRAs, and textual inversions.

use std::path::Path;
use std::sync::LazyLock;

use facekit::CancelToken;
use facekit::diffusion::{Lora, SafeTensors, TextualInversion, check_loras, merge_loras};
use facekit::models::{Part, TensorFile};

use super::{root, with_file};

/// The name of a POSIX archive's format, and where it stands.
const TAR: (&[u8], usize) = (b"ustar", 257);

pub fn run(data: &[u8]) {
    let (mark, at) = TAR;
    let is_tar = data.get(at..).is_some_and(|rest| rest.starts_with(mark));
    with_file(if is_tar { "case.tar" } else { "case.safetensors" }, data, |path| {
        let Ok(tensors) = SafeTensors::open(path) else { return };
        for name in tensors.names() {
            if let Ok(tensor) = tensors.tensor(name) {
                assert_eq!(Some(tensor.shape()), tensors.dims(name));
            }
        }
        if let Ok(file) = TensorFile::open(path) {
            assert_eq!(file.name(), "case");
        }
        if let Ok(inversion) = TextualInversion::open(path) {
            assert!(inversion.vectors.iter().flatten().all(|value| value.is_finite()));
        }
        if let Ok(lora) = Lora::open(path) {
            merge(&lora);
        }
    });
}

/// Merges a LoRA into small graphs, whose layers it may change.
fn merge(lora: &Lora) {
    static GRAPHS: LazyLock<[(Part, std::path::PathBuf); 2]> = LazyLock::new(|| {
        let graph = |name: &str| root().join("tests/golden/lora").join(name);
        [(Part::TextEncoder, graph("sd1_text_encoder.onnx")), (Part::Unet, graph("sd1_unet.onnx"))]
    });
    for (part, graph) in GRAPHS.iter().filter(|(part, _)| lora.changes(*part)) {
        let graph: &Path = graph;
        let fits = check_loras(&[(lora, 0.5)], graph, *part).is_ok();
        let merged = merge_loras(&[(lora, 0.5)], graph, *part, &CancelToken::new()).is_ok();
        assert!(fits || !merged, "what was merged fits");
    }
}
