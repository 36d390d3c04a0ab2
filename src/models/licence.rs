//! What a model's licence permits, and what an engine is allowed to run.

use std::fmt;

use crate::error::{Error, ErrorKind, Result};

/// The licence of a model of which nobody stated one.
const UNKNOWN: &str = "LicenseRef-unknown";

/// The licence of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct License {
    /// An SPDX expression; terms that SPDX does not list are a `LicenseRef-…`.
    pub id: String,
    /// What it permits.
    pub terms: LicenseTerms,
}

/// What a licence permits, as far as the policy cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LicenseTerms {
    /// Commercial use, and products under any licence.
    Permissive,
    /// Commercial use, but what is distributed with the model may have to carry the same licence.
    Copyleft,
    /// No commercial use.
    Noncommercial,
    /// Not known.
    Unknown,
}

/// Which models an engine may run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum LicensePolicy {
    /// Those whose licence permits commercial use and asks nothing of the product around it.
    #[default]
    Commercial,
    /// Those too that are named here, by the name of the model or by its licence.
    Allow(Vec<String>),
    /// Any: the caller answers for the licences.
    Any,
}

impl License {
    /// The licence of a model that does not state one.
    pub fn unknown() -> Self {
        Self { id: UNKNOWN.into(), terms: LicenseTerms::Unknown }
    }

    /// A licence in the words of SPDX, such as `MIT OR Apache-2.0`; what SPDX does not know has unknown terms.
    pub fn from_spdx(expression: &str) -> Self {
        Self { id: expression.into(), terms: terms_of(expression) }
    }

    /// A licence of which it is known whether it permits commercial use.
    pub fn stated(id: &str, commercial: bool) -> Self {
        let terms = match terms_of(id) {
            LicenseTerms::Copyleft => LicenseTerms::Copyleft,
            _ if commercial => LicenseTerms::Permissive,
            _ if id == UNKNOWN => LicenseTerms::Unknown,
            _ => LicenseTerms::Noncommercial,
        };
        Self { id: id.into(), terms }
    }
}

impl fmt::Display for License {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.id)
    }
}

impl LicensePolicy {
    /// Whether a model with this licence may run.
    pub fn allows(&self, model: &str, license: &License) -> bool {
        match self {
            Self::Any => true,
            Self::Commercial => license.terms == LicenseTerms::Permissive,
            Self::Allow(names) => {
                let named = |name: &String| {
                    name.eq_ignore_ascii_case(model) || name.eq_ignore_ascii_case(&license.id)
                };
                license.terms == LicenseTerms::Permissive || names.iter().any(named)
            }
        }
    }

    /// Refuses a model whose licence is not allowed.
    ///
    /// # Errors
    /// [`ErrorKind::LicenseRefused`], with the licence and how to allow the model by name.
    pub fn check(&self, model: &str, license: &License) -> Result<()> {
        if self.allows(model, license) {
            return Ok(());
        }
        let reason = match license.terms {
            LicenseTerms::Permissive => "was not named",
            LicenseTerms::Copyleft => "is a copyleft licence",
            LicenseTerms::Noncommercial => "does not permit commercial use",
            LicenseTerms::Unknown => "is not known to permit commercial use",
        };
        Err(Error::new(
            ErrorKind::LicenseRefused,
            format!(
                "the licence of the model {model}, {license}, {reason}: allow `{model}` by name in the licence \
                 policy if you may use it"
            ),
        ))
    }
}

fn terms_of(expression: &str) -> LicenseTerms {
    let Ok(parsed) = spdx::Expression::parse(expression) else {
        return LicenseTerms::Unknown;
    };
    let free = |id: spdx::LicenseId| id.is_osi_approved() || id.is_fsf_free_libre();
    let permissive = |id: spdx::LicenseId| free(id) && !id.is_copyleft();
    if parsed.evaluate(|req| req.license.id().is_some_and(permissive)) {
        LicenseTerms::Permissive
    } else if parsed.evaluate(|req| req.license.id().is_some_and(free)) {
        LicenseTerms::Copyleft
    } else {
        LicenseTerms::Unknown
    }
}
