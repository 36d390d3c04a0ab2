//! JSON: parameter sets, and whole requests as the C API takes them.
#![allow(unsafe_code)]

use std::ffi::CString;
use std::ptr;

use facekit::params::{
    DetailParams, DetectParams, EmbedParams, FaceMaskParams, MaskParams, ParameterSet, RefineParams,
    RestoreParams, StylizeParams, SwapParams,
};

use super::capi::{engine, facekit_run_json, facekit_text_data, facekit_text_free, make, text};

pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    read::<DetailParams>(text);
    read::<DetectParams>(text);
    read::<EmbedParams>(text);
    read::<FaceMaskParams>(text);
    read::<MaskParams>(text);
    read::<RefineParams>(text);
    read::<RestoreParams>(text);
    read::<StylizeParams>(text);
    read::<SwapParams>(text);
    request(text);
}

fn read<T: ParameterSet>(text: &str) {
    let Ok(params) = T::from_json(text) else { return };
    params.validate().expect("what was read is valid");
    let json = params.to_json();
    let again = T::from_json(&json).expect("what was written is valid");
    assert_eq!(again.to_json(), json);
}

/// Runs a request, unless it may write files or search thousands of tiles: an escape could hide the words for that.
fn request(request: &str) {
    if ["\\", "output", "tile_size"].iter().any(|word| request.contains(word)) {
        return;
    }
    let Ok(request) = CString::new(request) else { return };
    // SAFETY: the text ends with a zero byte, and lives until the call returns; the answer is freed once.
    unsafe {
        let answer =
            make(|answer, error| facekit_run_json(engine(), request.as_ptr(), ptr::null(), answer, error));
        if let Some(answer) = answer {
            let json = text(facekit_text_data(answer)).expect("an answer is a text");
            assert!(json.starts_with(r#"{"status":"completed""#) && !json.contains('\n'));
            facekit_text_free(answer);
        }
    }
}
