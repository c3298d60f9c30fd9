//! Lists what lies in the folders, so that a file more is a detector or a pack more.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let mut code = String::new();
    for (name, doc, folder) in [
        ("DETECTORS", "The files of detectors as (name, text), in the order of their names.", "detectors"),
        ("PACKS", "The packs as (name, text), in the order of their names.", "packs"),
    ] {
        println!("cargo:rerun-if-changed={folder}");
        let _ = writeln!(code, "/// {doc}\npub const {name}: &[(&str, &str)] = &[");
        for file in files(&root.join(folder))? {
            let path = root.join(folder).join(&file);
            let _ = writeln!(code, "    ({:?}, include_str!({path:?})),", format!("{folder}/{file}"));
        }
        let _ = writeln!(code, "];");
    }
    fs::write(PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("files.rs"), code)
}

/// The YAML files of a folder; anything else in it is an error, lest a slip of the pen leave a detector out.
fn files(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if !name.ends_with(".yaml") {
            let message = format!("`{name}` in `{}` is no .yaml file", folder.display());
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        names.push(name);
    }
    names.sort();
    Ok(names)
}
