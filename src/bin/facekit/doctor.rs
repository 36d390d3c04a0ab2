//! `facekit doctor`: what an engine finds on this machine, and what it misses.

use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches, Args, Command};
use facekit::Engine;
use facekit::models::Role;
use facekit::runtime::Provider;
use serde_json::{Map, Value, json};

use crate::engine_args::EngineArgs;
use crate::{Outcome, run};

pub fn command() -> Command {
    let json = Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print one JSON object");
    EngineArgs::augment_args(Command::new("doctor"))
        .about("Tell what this machine has: runtime, providers, models")
        .arg(json)
}

pub fn run(matches: &ArgMatches) -> Outcome {
    let engine = run::engine(matches)?;
    let report = report(&engine);
    if matches.get_flag("json") {
        say!("{report}");
        return Ok(ExitCode::SUCCESS);
    }
    let build = facekit::build_info();
    say!("facekit {} for {} ({}, {})", build.version, build.target, build.profile, build.rustc);
    let runtime = engine.runtime();
    say!("ONNX Runtime {} at {}", runtime.version, runtime.path.display());
    say!("\nproviders");
    for &provider in Provider::ALL {
        let (usable, reason) = usable(&engine, provider);
        say!("  {provider:<8} {}", if usable { "ready".to_owned() } else { format!("no: {reason}") });
    }
    say!("\nmodels");
    for role in Role::ALL {
        match engine.store().listing().into_iter().find(|row| row.role == role && row.is_default) {
            Some(row) => say!("  {role:<17} {} ({})", row.name, row.license),
            None => say!("  {role:<17} none installed"),
        }
    }
    for (path, error) in engine.store().problems() {
        say!("  warning: {}: {}", path.display(), error.chain());
    }
    Ok(ExitCode::SUCCESS)
}

/// Whether a provider can run a model here, and the reason if not.
fn usable(engine: &Engine, provider: Provider) -> (bool, String) {
    match engine.probe(provider) {
        Ok(()) => (true, String::new()),
        Err(error) => (false, error.chain().lines().next().unwrap_or_default().trim_end().to_owned()),
    }
}

fn report(engine: &Engine) -> Value {
    let providers: Map<_, _> = Provider::ALL
        .iter()
        .map(|&provider| {
            let (usable, reason) = usable(engine, provider);
            (provider.to_string(), json!({"usable": usable, "reason": reason}))
        })
        .collect();
    let defaults = engine.store().listing().into_iter().filter(|row| row.is_default);
    let models: Map<_, _> = defaults
        .map(|row| (row.role.to_string(), json!({"name": row.name, "license": row.license.id})))
        .collect();
    let (runtime, build) = (engine.runtime(), facekit::build_info());
    json!({
        "version": build.version,
        "build": build,
        "runtime": {"path": runtime.path, "version": runtime.version, "build": runtime.build},
        "providers": providers,
        "models": models,
    })
}
