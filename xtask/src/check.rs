//! The proofs that take minutes: each is a test that `cargo test` runs in a short form.

use crate::runtime;
use crate::workspace::{Variable, Workspace};
use anyhow::{Context, Result, bail, ensure};

/// A proof: the tests that it runs, and the numbers that make them long.
struct Check {
    name: &'static str,
    tests: &'static [&'static [&'static str]],
    numbers: &'static [Number],
}

/// An option, the variable by which the tests read it, and its default.
struct Number {
    option: &'static str,
    variable: &'static str,
    default: &'static str,
}

const CHECKS: &[Check] = &[
    Check {
        name: "valgrind",
        tests: &[&["--test", "c_clients", "valgrind", "--", "--include-ignored", "--test-threads=1"]],
        numbers: &[],
    },
    Check { name: "asan", tests: &[&["--test", "c_clients", "address_sanitizer"]], numbers: &[] },
    Check {
        name: "stress",
        tests: &[&["--test", "stress"]],
        numbers: &[
            Number { option: "--seconds", variable: "FACEKIT_CHECK_SECONDS", default: "120" },
            Number { option: "--threads", variable: "FACEKIT_CHECK_THREADS", default: "16" },
        ],
    },
    Check {
        name: "memory",
        tests: &[&["--test", "memory"]],
        numbers: &[Number { option: "--runs", variable: "FACEKIT_CHECK_RUNS", default: "2000" }],
    },
    Check {
        name: "network",
        tests: &[&["--test", "network"], &["--test", "c_clients", "network"]],
        numbers: &[],
    },
];

/// Runs one proof, or all of them.
pub fn run(workspace: &Workspace, args: &[&str]) -> Result<()> {
    let (checks, options): (&[Check], _) = match args {
        [] => (CHECKS, args),
        [name, options @ ..] => match CHECKS.iter().position(|check| check.name == *name) {
            Some(at) => (&CHECKS[at..=at], options),
            None => {
                let names: Vec<_> = CHECKS.iter().map(|check| check.name).collect();
                bail!("there is no check `{name}`, only {}", names.join(", "));
            }
        },
    };
    let runs =
        checks.iter().map(|check| Ok((check, check.variables(options)?))).collect::<Result<Vec<_>>>()?;
    let runtime = runtime::provide(workspace)?;
    for (check, mut variables) in runs {
        variables.push(runtime.clone());
        check
            .tests
            .iter()
            .try_for_each(|test| workspace.cargo_with(&variables, &[&["test"], *test].concat()))?;
    }
    Ok(())
}

impl Check {
    /// Its numbers, as options such as `--seconds 60` change them.
    fn variables(&self, options: &[&str]) -> Result<Vec<Variable>> {
        let mut variables: Vec<Variable> =
            self.numbers.iter().map(|number| (number.variable, number.default.into())).collect();
        for option in options.chunks(2) {
            let at = self.numbers.iter().position(|number| number.option == option[0]);
            let at = at.with_context(|| format!("`check {}` has no option `{}`", self.name, option[0]))?;
            let value = option.get(1).with_context(|| format!("`{}` needs a number", option[0]))?;
            ensure!(value.parse::<u64>().is_ok(), "`{} {value}`: a number is needed", option[0]);
            variables[at].1 = value.into();
        }
        Ok(variables)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str) -> &'static Check {
        CHECKS.iter().find(|check| check.name == name).unwrap()
    }

    #[test]
    fn options_replace_the_defaults() {
        let variables = |options| {
            let variables = check("stress").variables(options).unwrap();
            variables.into_iter().map(|(_, value)| value.into_string().unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(variables(&[]), ["120", "16"]);
        assert_eq!(variables(&["--threads", "4"]), ["120", "4"]);
        assert_eq!(variables(&["--threads", "4", "--seconds", "9"]), ["9", "4"]);
    }

    #[test]
    fn a_wrong_option_is_named() {
        for (name, options, words) in [
            ("asan", &["--runs", "3"][..], "no option `--runs`"),
            ("memory", &["--runs"], "needs a number"),
            ("memory", &["--runs", "many"], "`--runs many`"),
        ] {
            let error = check(name).variables(options).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }
}
