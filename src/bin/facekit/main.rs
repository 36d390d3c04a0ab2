//! The command line program.
//!
//! Exit codes: 0 when everything asked for was done; 1 when some input failed; 2 when the command line is wrong;
//! 3 when the engine cannot start.

/// Prints a line, as `println!` does, and ends the program when it cannot.
macro_rules! say {
    ($($line:tt)*) => {
        $crate::print_line(format_args!($($line)*))
    };
}

mod compare;
mod detail;
mod detect;
mod doctor;
mod embed;
mod engine_args;
mod inputs;
mod mask;
mod models;
mod outputs;
mod parameter_args;
mod restore;
mod resume;
mod run;
mod run_json;
mod stylize;
mod swap;

use std::io::{self, Write};
use std::process::{self, ExitCode};

use clap::{Command, CommandFactory, Parser};

const EXIT_CODES: &str =
    "Exit codes: 0 done, 1 some input failed, 2 wrong command line, 3 the engine cannot start.";

/// Faces in pictures, found, compared, restored, repainted, stylized and swapped on this machine. No network is ever used.
#[derive(Parser)]
#[command(name = "facekit", version, after_help = EXIT_CODES, subcommand_required = true, arg_required_else_help = true)]
struct Facekit {}

fn main() -> ExitCode {
    let matches = command().get_matches();
    let result = match matches.subcommand() {
        Some(("detect", matches)) => detect::run(matches),
        Some(("embed", matches)) => embed::run(matches),
        Some(("compare", matches)) => compare::run(matches),
        Some(("mask", matches)) => mask::run(matches),
        Some(("restore", matches)) => restore::run(matches),
        Some(("detail", matches)) => detail::detail(matches),
        Some(("refine", matches)) => detail::refine(matches),
        Some(("stylize", matches)) => stylize::run(matches),
        Some(("swap", matches)) => swap::run(matches),
        Some(("run", matches)) => run_json::run(matches),
        Some(("models", matches)) => models::run(matches),
        Some(("doctor", matches)) => doctor::run(matches),
        _ => unreachable!("clap requires a subcommand"),
    };
    match result {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("error: {}", failure.error.chain());
            failure.code
        }
    }
}

fn command() -> Command {
    Facekit::command().subcommands([
        detect::command(),
        embed::command(),
        compare::command(),
        mask::command(),
        restore::command(),
        detail::detail_command(),
        detail::refine_command(),
        stylize::command(),
        swap::command(),
        run_json::command(),
        models::command(),
        doctor::command(),
    ])
}

/// Ends the program when nobody takes the line, without a word when its reader is gone, as after `| head`.
#[allow(clippy::exit, reason = "there is nobody left to work for")]
fn print_line(line: std::fmt::Arguments<'_>) {
    if let Err(error) = writeln!(io::stdout(), "{line}") {
        if error.kind() != io::ErrorKind::BrokenPipe {
            eprintln!("error: cannot write the output: {error}");
        }
        process::exit(Failure::INPUT.into());
    }
}

/// Why the program stops before, or beyond, any single input.
struct Failure {
    error: facekit::Error,
    code: ExitCode,
}

impl Failure {
    /// Some input failed.
    const INPUT: u8 = 1;
    /// The command line is wrong.
    const USAGE: u8 = 2;
    /// The engine cannot start.
    const ENGINE: u8 = 3;

    fn new(code: u8) -> impl Fn(facekit::Error) -> Self {
        move |error| Self { error, code: ExitCode::from(code) }
    }
}

type Outcome = Result<ExitCode, Failure>;

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_is_consistent() {
        super::command().debug_assert();
    }
}
