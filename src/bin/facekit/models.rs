//! `facekit models`: what there is, where to get it, whether it is whole, and adding a file.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, value_parser};
use facekit::models::{Availability, Catalog, DiffusionPack, Listing, Role, Store};
use facekit::{Error, ErrorKind};
use serde_json::json;

use crate::engine_args::EngineArgs;
use crate::{Failure, Outcome};

pub fn command() -> Command {
    let name = Arg::new("name").value_name("NAME").required(true);
    let file = Arg::new("file").value_name("FILE|FOLDER").required(true).value_parser(value_parser!(PathBuf));
    let json = Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print one JSON object a model");
    EngineArgs::augment_args(Command::new("models"))
        .about("List, explain, verify and add models")
        .mut_args(|arg| arg.global(true))
        .subcommand(Command::new("list").about("Every model that is installed or can be had (the default)"))
        .subcommand(Command::new("explain").about("What a model is, and how to get it").arg(name))
        .subcommand(Command::new("verify").about("Check every installed model against the catalogue"))
        .subcommand(
            Command::new("add")
                .about("Copy a model, a file or a folder, into the first folder of --models")
                .arg(file),
        )
        .arg(json.global(true))
}

pub fn run(matches: &ArgMatches) -> Outcome {
    let leaf = matches.subcommand().map_or(matches, |(_, matches)| matches);
    let args = EngineArgs::from_arg_matches(leaf).map_err(|error| error.exit())?;
    let mut store = args.store();
    match matches.subcommand() {
        Some(("explain", matches)) => {
            explain(&store, matches.get_one::<String>("name").map_or("", |name| name))
        }
        Some(("verify", _)) => return Ok(verify(&store)),
        Some(("add", matches)) => add(&mut store, matches.get_one("file")),
        _ => list(&store, leaf.get_flag("json")),
    }
    .map_err(Failure::new(Failure::INPUT))?;
    Ok(ExitCode::SUCCESS)
}

fn list(store: &Store, as_json: bool) -> Result<(), Error> {
    let mut role = None;
    for row in store.listing() {
        if as_json {
            say!(
                "{}",
                json!({
                    "name": row.name, "role": row.role, "family": row.family, "license": row.license.id,
                    "allowed": row.allowed, "installed": row.availability != Availability::Missing,
                    "default": row.is_default,
                })
            );
            continue;
        }
        if role != Some(row.role) {
            say!("{}{}", if role.is_some() { "\n" } else { "" }, row.role);
            role = Some(row.role);
        }
        say!("  {:<34} {:<17} {:<42} {}", row.name, row.family.name(), row.license.id, state(&row));
    }
    for (path, error) in store.problems() {
        eprintln!("warning: {}: {}", path.display(), error.chain());
    }
    if !as_json {
        say!("\n`facekit models explain NAME` tells where to get a model.");
    }
    Ok(())
}

fn state(row: &Listing) -> String {
    let place = match &row.availability {
        Availability::Embedded => "built in".to_owned(),
        Availability::Installed(path) => format!("installed, {}", path.display()),
        Availability::Missing => "not installed".to_owned(),
    };
    match (row.is_default, row.allowed) {
        (true, _) => format!("{place} (the default)"),
        (_, false) => format!("{place} (licence not allowed)"),
        _ => place,
    }
}

fn explain(store: &Store, name: &str) -> Result<(), Error> {
    let entry = Catalog::get().find(name).or_else(|| Catalog::get().find_file(name));
    if let Some(entry) = entry {
        say!("{}\nKeeps the contract {}: {}", entry.how_to_get(), entry.family, entry.family.contract());
        return Ok(());
    }
    let card = store.cards().find(|card| card.is_called(name)).ok_or_else(|| {
        Error::new(
            ErrorKind::ModelNotFound,
            format!("no model is called {name}: `facekit models` lists those that facekit knows"),
        )
    })?;
    say!("{} ({}, licence {}) is at {}", card.name, card.role().noun(), card.license, card.source);
    say!("Keeps the contract {}: {}", card.family, card.family.contract());
    if let Some(pack) = store.packs().iter().find(|pack| pack.card().is_called(name)) {
        explain_pack(pack);
    }
    Ok(())
}

fn explain_pack(pack: &DiffusionPack) {
    say!(
        "Made for pictures of {} pixels; its UNet takes {} channels and {}",
        pack.guide_size,
        pack.unet_channels,
        if pack.residuals > 0 { "ControlNets" } else { "no ControlNets" }
    );
    for part in pack.parts() {
        say!("  {:<14} {:>6} MiB", part.part().map_or("", |part| part.name()), part.bytes() >> 20);
    }
}

fn verify(store: &Store) -> ExitCode {
    let mut failed = false;
    for model in store.models() {
        let known = model.expected_digest().is_some();
        match model.verify() {
            Ok(()) if known => say!("{}: as the catalogue knows it", model.name()),
            Ok(()) => say!("{}: the catalogue knows no digest of it", model.name()),
            Err(error) => {
                failed = true;
                eprintln!("error: {}", error.chain());
            }
        }
    }
    let checked = [Role::Diffusion, Role::Controlnet, Role::Lora, Role::TextualInversion];
    for card in store.cards().filter(|card| checked.contains(&card.role())) {
        say!("{}: its files are there and whole; the catalogue knows no digest of them", card.name);
    }
    for (path, error) in store.problems() {
        failed = true;
        eprintln!("error: {}: {}", path.display(), error.chain());
    }
    ExitCode::from(if failed { Failure::INPUT } else { 0 })
}

fn add(store: &mut Store, file: Option<&PathBuf>) -> Result<(), Error> {
    let file = file.ok_or_else(|| Error::parameter("name a file"))?;
    let card = store.add(file)?;
    say!("{} is installed as {} ({})", card.name, card.source, card.role().noun());
    Ok(())
}
