//! vectorscan, from the system's library if there is one: all matches in block mode.
//!
//! The library is opened at run time, so that nothing needs it to build. Types and numbers are those of `hs_common.h`,
//! `hs_compile.h` and `hs_runtime.h` of version 5.

#![allow(unsafe_code, reason = "a C library has no other door; each block says why it is sound")]

use std::ffi::{CStr, CString, c_char, c_int, c_uint, c_ulonglong, c_void};
use std::ptr::{null, null_mut};

use libloading::{Library, Symbol};

use super::Engine;
use crate::inputs::Input;

const NAMES: [&str; 2] = ["libhs.so.5", "libhs.so"];

const BLOCK: c_uint = 1;
const SOM_LEFTMOST: c_uint = 256;

#[repr(C)]
struct CompileError {
    message: *const c_char,
    expression: c_int,
}

type Handle = *mut c_void;
type CompileMulti = unsafe extern "C" fn(
    *const *const c_char,
    *const c_uint,
    *const c_uint,
    c_uint,
    c_uint,
    *const c_void,
    *mut Handle,
    *mut *mut CompileError,
) -> c_int;
type AllocScratch = unsafe extern "C" fn(Handle, *mut Handle) -> c_int;
type Free = unsafe extern "C" fn(Handle) -> c_int;
type FreeError = unsafe extern "C" fn(*mut CompileError) -> c_int;
type OnMatch = extern "C" fn(c_uint, c_ulonglong, c_ulonglong, c_uint, *mut c_void) -> c_int;
type Scan = unsafe extern "C" fn(Handle, *const c_char, c_uint, c_uint, Handle, OnMatch, *mut c_void) -> c_int;

/// A database over the expressions that the library takes.
pub struct Vectorscan {
    library: Library,
    database: Handle,
    scratch: Handle,
    /// How many it takes.
    pub accepted: usize,
    starts: bool,
}

impl Vectorscan {
    /// Over these expressions; `starts` asks where matches begin, which replacing them needs, and not only where they end.
    ///
    /// # Errors
    /// The library is not installed, or takes them one by one but not together.
    pub fn new(expressions: &[&str], starts: bool) -> Result<Self, String> {
        // SAFETY: loading runs the initialisers of a library that the system's package manager installed under this name.
        let open = |name: &&str| unsafe { Library::new(*name) }.ok();
        let library = NAMES.iter().find_map(open).ok_or("no `libhs.so.5` (Debian: libvectorscan5)")?;
        let flags = if starts { SOM_LEFTMOST } else { 0 };
        let texts: Vec<CString> = expressions.iter().filter_map(|text| CString::new(*text).ok()).collect();
        let alone = |text: &&CString| compile(&library, &[text], flags).map(|it| free(&library, it)).is_ok();
        let accepted: Vec<&CString> = texts.iter().filter(alone).collect();
        let database = compile(&library, &accepted, flags)?;
        let mut scanner = Self { library, database, scratch: null_mut(), accepted: accepted.len(), starts };
        let alloc: Symbol<'_, AllocScratch> = symbol(&scanner.library, "hs_alloc_scratch")?;
        // SAFETY: the database was just compiled, and a null pointer asks for a new scratch space.
        let status = unsafe { alloc(scanner.database, &raw mut scanner.scratch) };
        if status == 0 { Ok(scanner) } else { Err(format!("hs_alloc_scratch: {status}")) }
    }
}

fn symbol<'l, T>(library: &'l Library, name: &str) -> Result<Symbol<'l, T>, String> {
    // SAFETY: callers name functions with the types that the headers of version 5 give them.
    unsafe { library.get(name.as_bytes()) }.map_err(|error| error.to_string())
}

fn compile(library: &Library, expressions: &[&CString], flags: c_uint) -> Result<Handle, String> {
    let compile: Symbol<'_, CompileMulti> = symbol(library, "hs_compile_multi")?;
    let free_error: Symbol<'_, FreeError> = symbol(library, "hs_free_compile_error")?;
    let texts: Vec<*const c_char> = expressions.iter().map(|text| text.as_ptr()).collect();
    let flags = vec![flags; texts.len()];
    let ids: Vec<c_uint> = (0..).take(texts.len()).collect();
    let (mut database, mut error): (Handle, *mut CompileError) = (null_mut(), null_mut());
    let count = c_uint::try_from(texts.len()).map_err(|error| error.to_string())?;
    // SAFETY: the three arrays live and hold `count` items each, the texts end in a zero byte; null asks for this machine.
    let status = unsafe {
        compile(texts.as_ptr(), flags.as_ptr(), ids.as_ptr(), count, BLOCK, null(), &raw mut database, &raw mut error)
    };
    if status == 0 {
        return Ok(database);
    }
    // SAFETY: on failure the library sets the error, with a text that ends in a zero byte, or leaves it null.
    let message =
        unsafe { error.as_ref() }.map(|it| unsafe { CStr::from_ptr(it.message) }.to_string_lossy().into_owned());
    // SAFETY: the library made it, and takes null too.
    unsafe { free_error(error) };
    Err(message.unwrap_or_else(|| format!("hs_compile_multi: {status}")))
}

fn free(library: &Library, database: Handle) {
    if let Ok(free) = symbol::<Free>(library, "hs_free_database") {
        // SAFETY: the database is this library's, and nobody has it after this.
        unsafe { free(database) };
    }
}

impl Engine for Vectorscan {
    fn name(&self) -> &'static str {
        if self.starts { "vectorscan, with starts" } else { "vectorscan" }
    }

    fn run(&mut self, input: &Input) -> Result<Option<usize>, String> {
        extern "C" fn count(_: c_uint, _: c_ulonglong, _: c_ulonglong, _: c_uint, context: *mut c_void) -> c_int {
            // SAFETY: the context is the counter that `run` passes, alive and borrowed by nobody else during the scan.
            if let Some(found) = unsafe { context.cast::<usize>().as_mut() } {
                *found += 1;
            }
            0
        }
        let scan: Symbol<'_, Scan> = symbol(&self.library, "hs_scan")?;
        let mut found = 0_usize;
        let length = c_uint::try_from(input.body.len()).map_err(|error| error.to_string())?;
        let (body, context) = (input.body.as_ptr().cast(), (&raw mut found).cast());
        // SAFETY: database and scratch belong together and are used by this thread alone; `length` bytes can be read.
        let status = unsafe { scan(self.database, body, length, 0, self.scratch, count, context) };
        if status == 0 { Ok(Some(found)) } else { Err(format!("hs_scan: {status}")) }
    }
}

impl Drop for Vectorscan {
    fn drop(&mut self) {
        if let Ok(free) = symbol::<Free>(&self.library, "hs_free_scratch") {
            // SAFETY: the scratch space is this library's or null, and nobody has it after this.
            unsafe { free(self.scratch) };
        }
        free(&self.library, self.database);
    }
}
