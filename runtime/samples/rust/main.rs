//! Answers a text, out of a model that was compiled into a library.
//!
//!     lfm2-compile MODEL --emit=static -o model
//!     rustc -O main.rs -C link-arg=model.a -o answer
//!     ./answer model.weights "What is a river?"
//!
//! In a crate, a build script says what is linked:
//! `println!("cargo:rustc-link-arg=/path/to/model.a")`.

mod lfm2rt;

use lfm2rt::*;
use std::alloc::{alloc_zeroed, dealloc, Layout};
use std::ffi::{c_char, c_int, c_void, CStr, CString};
use std::io::Write;
use std::mem::MaybeUninit;

extern "C" {
    /// What this model's library has: NAME_program of `-o NAME`.
    static model_program: lfm2_program;
}

/// What the runtime says when a call fails.
fn check(status: lfm2rt_status, error: &lfm2rt_error) -> Result<(), String> {
    if status == LFM2RT_OK {
        return Ok(());
    }
    // SAFETY: the runtime ends every message within its array.
    let message = unsafe { CStr::from_ptr(error.message.as_ptr()) };
    Err(message.to_string_lossy().into_owned())
}

/// Memory at a multiple of 4096, for an object of the runtime.
struct Memory(*mut u8, Layout);

impl Memory {
    fn new(bytes: u64) -> Result<Self, String> {
        let layout = Layout::from_size_align(bytes.max(1) as usize, 4096).map_err(|error| error.to_string())?;
        // SAFETY: the layout is of one byte or more.
        let place = unsafe { alloc_zeroed(layout) };
        if place.is_null() {
            return Err(format!("no memory for {bytes} bytes"));
        }
        Ok(Memory(place, layout))
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: it was allocated with this layout.
        unsafe { dealloc(self.0, self.1) }
    }
}

/// Takes each piece of the answer as it comes; anything but 0 would end it.
unsafe extern "C" fn show(text: *const c_char, length: usize, _user: *mut c_void) -> c_int {
    let piece = std::slice::from_raw_parts(text.cast::<u8>(), length);
    let mut out = std::io::stdout();
    c_int::from(out.write_all(piece).and_then(|()| out.flush()).is_err())
}

fn answer(weights_path: &str, text: &str) -> Result<(), String> {
    let path = CString::new(weights_path).map_err(|error| error.to_string())?;
    let mut error = MaybeUninit::<lfm2rt_error>::zeroed();
    let mut model = MaybeUninit::<lfm2rt_model>::zeroed();
    let mut weights = MaybeUninit::<lfm2rt_weights>::zeroed();
    // SAFETY: zeros are values of these types; all of them stay where they are until the
    // context, which is destroyed first, is gone.
    unsafe {
        let (error, model, weights) = (error.as_mut_ptr(), model.as_mut_ptr(), weights.as_mut_ptr());
        check(lfm2rt_model_open(model, &model_program, error), &*error)?;
        check(lfm2rt_weights_open_file(weights, model, path.as_ptr(), error), &*error)?;
        let mut options: lfm2rt_context_options = MaybeUninit::zeroed().assume_init();
        options.tokens = 512;
        options.threads = 2;
        let bytes = lfm2rt_context_size(model, &options);
        let memory = Memory::new(bytes)?;
        let work_bytes = lfm2rt_text_work_size(weights, text.len());
        let work = Memory::new(work_bytes)?;
        let mut context = std::ptr::null_mut();
        check(
            lfm2rt_context_create(&mut context, weights, &options, memory.0.cast(), bytes, error),
            &*error,
        )?;
        let status = lfm2rt_generate_text(
            context, text.as_ptr().cast(), text.len(), 100, LFM2RT_CHAT, Some(show), std::ptr::null_mut(),
            work.0.cast(), work_bytes, error,
        );
        lfm2rt_context_destroy(context);
        lfm2rt_weights_close(weights);
        check(status, &*error)
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, weights, text] = arguments.as_slice() else {
        eprintln!("usage: answer FILE.weights TEXT");
        std::process::exit(2);
    };
    if let Err(why) = answer(weights, text) {
        eprintln!("answer: {why}");
        std::process::exit(1);
    }
    println!();
}
