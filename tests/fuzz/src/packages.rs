//! A file for the readers of packages, which open files.

use std::cell::RefCell;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

thread_local! {
    static FILE: RefCell<Option<(File, PathBuf)>> = const { RefCell::new(None) };
}

/// Calls `read` with a file of these contents, in memory where there is `/dev/shm`.
pub fn with_file(bytes: &[u8], read: impl FnOnce(&Path)) {
    FILE.with_borrow_mut(|slot| {
        let (file, path) = slot.get_or_insert_with(|| {
            let shm = Path::new("/dev/shm");
            let dir = if shm.is_dir() { shm.to_path_buf() } else { std::env::temp_dir() };
            let path = dir.join(format!("bootkey-fuzz-{}", std::process::id()));
            let file = File::create(&path).expect("a file for the input");
            (file, path)
        });
        file.set_len(bytes.len() as u64).expect("the file's length");
        file.write_all_at(bytes, 0).expect("the file's contents");
        read(path);
    });
}
