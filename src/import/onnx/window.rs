//! The windows of convolutions and pools.

use super::op::Op;
use crate::ann::Window;
use crate::error::Result;

/// The window of a node over an image of `size`, around which zeros were put before, and how far its last windows reach over
/// the edge of what it pads.
pub(super) fn window(
    op: &Op<'_>,
    kernel: [usize; 2],
    size: [usize; 2],
    outside: [usize; 4],
) -> Result<(Window, [usize; 2])> {
    let stride = op.attributes.sizes::<2>("strides", 1)?.unwrap_or([1; 2]);
    let dilation = op.attributes.sizes::<2>("dilations", 1)?.unwrap_or([1; 2]);
    let size = [0, 1].map(|axis| size[axis].saturating_add(outside[axis]).saturating_add(outside[axis + 2]));
    let reach = [0, 1].map(|axis| dilation[axis].saturating_mul(kernel[axis].saturating_sub(1)).saturating_add(1));
    let same = |upper: bool| {
        let mut padding = [0; 4];
        for axis in [0, 1] {
            let outputs = size[axis].div_ceil(stride[axis]);
            let covered = (outputs.saturating_sub(1)).saturating_mul(stride[axis]).saturating_add(reach[axis]);
            let total = covered.saturating_sub(size[axis]);
            let smaller = total / 2;
            padding[axis] = if upper { smaller } else { total - smaller };
            padding[axis + 2] = total - padding[axis];
        }
        padding
    };
    let mut inside = match op.attributes.text("auto_pad", "NOTSET")?.as_str() {
        "NOTSET" => op.attributes.sizes::<4>("pads", 0)?.unwrap_or([0; 4]),
        "VALID" => [0; 4],
        "SAME_UPPER" => same(true),
        "SAME_LOWER" => same(false),
        other => return Err(op.broken(format!("has an unknown `auto_pad`, `{}`", super::shown(other)))),
    };
    let mut overhang = [0; 2];
    if op.attributes.int("ceil_mode", 0)? != 0 {
        for axis in [0, 1] {
            let before = size[axis].saturating_add(inside[axis]);
            let Some(rest) = before.saturating_add(inside[axis + 2]).checked_sub(reach[axis]) else {
                return Err(op.unsupported("with `ceil_mode` a window is larger than its image"));
            };
            let over = rest.next_multiple_of(stride[axis]) - rest;
            // A window that would begin behind the image is none.
            if rest + over < before {
                inside[axis + 2] += over;
                overhang[axis] = over;
            }
        }
    }
    let padding = std::array::from_fn(|side| outside[side].saturating_add(inside[side]));
    let window = Window { kernel, stride, padding, dilation };
    window.check("the window").map_err(|error| op.node.named(error))?;
    Ok((window, overhang))
}
