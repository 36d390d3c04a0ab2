//! Seconds per step of a UNet with guidance, at the latents that it was made for, for benches/peers/diffusion.py.
//!
//! Run: `cargo run --release --example diffusion_step -- PACK THREADS STEPS [PROVIDER]`. The steps are timed from the end
//! of the first to the end of the last, so that loading and the first run's allocations are left out, as the peers do.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use facekit::diffusion::{Diffuser, DiffuserOptions, Img2Img};
use facekit::models::{LicensePolicy, Models, Store};
use facekit::runtime::{Runtime, SessionOptions};
use facekit::{Control, Image, PixelFormat};
use serde_json::Value;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [pack, threads, steps, provider @ ..] = arguments.as_slice() else {
        return Err("usage: diffusion_step PACK THREADS STEPS [PROVIDER]".into());
    };
    let providers = provider.iter().map(|name| name.parse()).collect::<Result<_, _>>()?;
    let options =
        SessionOptions { providers, strict: true, threads: threads.parse()?, ..SessionOptions::default() };
    let store = Store::open(Vec::new(), LicensePolicy::Any);
    let models = Models::new(Runtime::load(None)?, store, options, None);
    let diffuser = Diffuser::open(&models, Some(&format!("{pack}/")), DiffuserOptions::default())?;
    let config: Value = serde_json::from_slice(&std::fs::read(format!("{pack}/unet/config.json"))?)?;
    let side = config["sample_size"].as_u64().ok_or("unet/config.json has no sample_size")? as u32 * 8;
    let picture = Image::new(side, side, PixelFormat::Rgb)?;
    let ends = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&ends);
    let control = Control::new().on_preview(move |_| {
        if let Ok(mut ends) = seen.lock() {
            ends.push(Instant::now());
        }
    });
    let request = Img2Img {
        image: picture.view(),
        mask: None,
        prompt: "clear face and natural skin",
        negative_prompt: Some("bad quality, painting, blur"),
        steps: steps.parse::<u32>()? + 1,
        denoise: 1.0,
        guidance_scale: 7.5,
        seed: 0,
        controls: Vec::new(),
        identities: Vec::new(),
    };
    diffuser.img2img(&request, &control)?;
    let ends = ends.lock().map_err(|error| error.to_string())?;
    let seconds = ends[ends.len() - 1].duration_since(ends[0]).as_secs_f64() / (ends.len() - 1) as f64;
    println!("{{\"seconds_per_step\": {seconds}}}");
    Ok(())
}
