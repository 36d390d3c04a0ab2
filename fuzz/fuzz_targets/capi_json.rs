#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| facekit_fuzz::run("capi_json", data));
