//! A loom: threads of text woven into rows.
//!
//! ```
//! assert_eq!(loom::weave(&["a", "b"]).len(), 2);
//! ```
#![allow(dead_code)]

use std::collections::{BTreeMap, HashMap};
use std::fmt::{self, Display};

/* A block comment /* nested once */ still open here. */
pub const WIDTH: usize = 80;
static GLOB: &str = "**/*.rs /*";
const RAW: &str = r#"a "raw" string
over two lines"#;

#[derive(Debug, Clone, PartialEq)]
pub enum Thread<'a> {
    Plain(&'a str),
    Dyed { text: &'a str, colour: u32 },
    Knot,
}

/// What can be shown on `n` columns.
pub trait Weave {
    type Out: Display;
    fn weave(&self, columns: usize) -> Option<Self::Out>;
}

impl<'a> Weave for Thread<'a> {
    type Out = String;

    fn weave(&self, columns: usize) -> Option<String> {
        match self {
            Thread::Plain(text) if text.len() <= columns => Some(text.to_string()),
            Thread::Dyed { text, colour } => Some(format!("{text}#{colour:06x}")),
            Thread::Knot | Thread::Plain(_) => None,
        }
    }
}

impl fmt::Display for Thread<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.weave(WIDTH).unwrap_or_else(|| '\u{2026}'.to_string()))
    }
}

pub fn weave<T: AsRef<str>>(rows: &[T]) -> BTreeMap<usize, Vec<u8>> {
    let mut seen: HashMap<&str, usize> = HashMap::with_capacity(rows.len());
    rows.iter()
        .enumerate()
        .filter(|(_, row)| !row.as_ref().is_empty())
        .map(|(n, row)| {
            *seen.entry(row.as_ref()).or_insert(0) += 1;
            (n, row.as_ref().bytes().rev().collect())
        })
        .collect()
}

macro_rules! knot {
    ($($name:ident => $value:expr),* $(,)?) => {{
        let mut out = Vec::new();
        $( out.push((stringify!($name), $value as f64 * 1.5e3)); )*
        out
    }};
}

pub async unsafe fn pull(ptr: *const u8) -> Result<u8, Box<dyn std::error::Error>> {
    let byte = 'outer: loop {
        if ptr.is_null() {
            return Err("null".into());
        }
        break 'outer *ptr;
    };
    let _ = knot!(a => 1, b => 0xff_u8);
    Ok(byte & 0b1010 | b'\n')
}
