//! The roofline: a plain loop that adds rows of weights which are in the cache already. Compiled for this machine and to
//! WebAssembly, where it is called as `add_rows`.

/// Values in a row, and rows: 30 KiB together. Rows of 2 KiB would lie so that stores and loads take each other for the
/// same address.
const WIDTH: usize = 480;
const ROWS: usize = 16;

/// Adds `rows` rows, one after the other, to `WIDTH` potentials, and returns one of them.
#[unsafe(no_mangle)]
pub extern "C" fn add_rows(rows: u32) -> f32 {
    let weights: Vec<f32> = (0..WIDTH * ROWS).map(|i| (i % 7) as f32 * 1e-3).collect();
    let mut potentials = vec![0.0_f32; WIDTH];
    for row in 0..rows as usize {
        let weights = &weights[row % ROWS * WIDTH..][..WIDTH];
        potentials.iter_mut().zip(weights).for_each(|(v, &w)| *v += w);
    }
    potentials[rows as usize % WIDTH]
}

/// Additions in one row.
#[unsafe(no_mangle)]
pub extern "C" fn width() -> u32 {
    WIDTH as u32
}
