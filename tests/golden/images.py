"""Writes tests/golden/images.safetensors: image files that exercise every branch of the decoders, and their pixels.

Usage: images.py OUT (needs numpy, pillow and safetensors). The PNG and PNM files are put together here from known
samples; the JPEG and WebP files and their pixels are Pillow's. An entry "file/NAME" holds the bytes of a file, and
"pixels/NAME" what it decodes to; a file without pixels is to be refused with the text that the metadata have for it.
"""

import io
import struct
import sys
import zlib

import numpy as np
from PIL import Image, ImageOps
from safetensors.numpy import save_file

GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6
SAMPLES = {GREY: 1, RGB: 3, PALETTE: 1, GREY_ALPHA: 2, RGBA: 4}
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
random = np.random.default_rng(0)
files, pixels, refusals = {}, {}, {}


def add(name, data, expected):
    files[name] = data
    pixels[name] = np.ascontiguousarray(expected, dtype=np.uint8)


def refuse(name, data, text):
    files[name] = data
    refusals[name] = text


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def predicted(kind, left, above, corner):
    estimate = left + above - corner
    paeth = min((left, above, corner), key=lambda value: abs(estimate - value))  # the first of equals
    return (0, left, above, (left + above) // 2, paeth)[kind]


def packed_rows(samples, depth):
    """The bytes of the rows of samples [H, W, S], with filters 4, 3, 2, 1, 0, 4, ..."""
    out, above = b"", None
    step = max(1, samples.shape[2] * depth // 8)
    for number, row in enumerate(samples.reshape(len(samples), -1)):
        if depth == 16:
            plain = row.astype(">u2").tobytes()
        else:
            bits = "".join(format(v, f"0{depth}b") for v in row)
            bits += "0" * (-len(bits) % 8)
            plain = bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))
        above = above or bytes(len(plain))
        kind = 4 - number % 5
        at = lambda line, i: line[i] if i >= 0 else 0
        out += bytes(
            [kind]
            + [
                (plain[i] - predicted(kind, at(plain, i - step), above[i], at(above, i - step))) % 256
                for i in range(len(plain))
            ]
        )
        above = plain
    return out


def png(samples, kind, depth, interlaced=False, before=(), after=(), parts=1):
    height, width = samples.shape[:2]
    raw = b""
    for x, y, dx, dy in ADAM7 if interlaced else ((0, 0, 1, 1),):
        part = samples[y::dy, x::dx]
        if part.size:
            raw += packed_rows(part, depth)
    packed = zlib.compress(raw, 9)
    size = -(-len(packed) // parts)
    pixels_chunks = b"".join(chunk(b"IDAT", packed[i : i + size]) for i in range(0, len(packed), size))
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, int(interlaced))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + b"".join(before)
        + pixels_chunks
        + b"".join(after)
        + chunk(b"IEND", b"")
    )


def to_8_bits(samples, depth):
    return samples >> 8 if depth == 16 else samples * 255 // (2**depth - 1)


def on_white(colour, alpha):
    return (colour * alpha + 255 * (255 - alpha) + 127) // 255


def exif(orientation, order="<"):
    entries = struct.pack(order + "HHHIHHHHII", 2, 0x0112, 3, 1, orientation, 0, 0x0213, 3, 1, 0)
    return {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(order + "I", 8) + entries + b"\0\0\0\0"


def add_pngs():
    for kind, depths in {
        GREY: (1, 2, 4, 8, 16),
        RGB: (8, 16),
        PALETTE: (1, 2, 4, 8),
        GREY_ALPHA: (8, 16),
        RGBA: (8, 16),
    }.items():
        for depth in depths:
            for interlaced in (False, True):
                samples = random.integers(0, 2**depth, (9, 10, SAMPLES[kind]))
                before, eight = [], to_8_bits(samples, depth)
                if kind == PALETTE:
                    colours = random.integers(0, 256, (2**depth, 3))
                    before, eight = [chunk(b"PLTE", bytes(colours.flatten().tolist()))], colours[samples[..., 0]]
                if kind in (GREY_ALPHA, RGBA):
                    eight = on_white(eight[..., :-1], eight[..., -1:])
                name = f"{['grey', '', 'rgb', 'palette', 'grey_alpha', '', 'rgba'][kind]}_{depth}"
                add(
                    f"{name}{'_interlaced' if interlaced else ''}.png",
                    png(samples, kind, depth, interlaced, before),
                    eight,
                )


def add_transparent_pngs():
    samples = random.integers(0, 4, (3, 5, 1))
    eight = samples * 85
    eight[samples == 2] = 255
    add("grey_2_transparent.png", png(samples, GREY, 2, before=[chunk(b"tRNS", struct.pack(">H", 2))]), eight)
    samples = 0x5500 + random.integers(0, 2, (3, 5, 1))  # 8 bits are not enough to tell which is transparent
    eight = np.where(samples == 0x5501, 255, 0x55)
    add("grey_16_transparent.png", png(samples, GREY, 16, before=[chunk(b"tRNS", struct.pack(">H", 0x5501))]), eight)
    samples = random.integers(0, 2, (3, 5, 3)) * 100
    eight = np.where((samples == [100, 0, 100]).all(-1, keepdims=True), 255, samples)
    add("rgb_8_transparent.png", png(samples, RGB, 8, before=[chunk(b"tRNS", struct.pack(">HHH", 100, 0, 100))]), eight)
    samples, colours, alpha = (
        random.integers(0, 4, (3, 5, 1)),
        random.integers(0, 256, (4, 3)),
        np.array([0, 77, 200, 255]),
    )
    before = [chunk(b"PLTE", bytes(colours.flatten().tolist())), chunk(b"tRNS", bytes(alpha[:3].tolist()))]
    add(
        "palette_2_transparent.png",
        png(samples, PALETTE, 2, before=before),
        on_white(colours, alpha[:, None])[samples[..., 0]],
    )


def add_odd_pngs():
    samples = random.integers(0, 256, (3, 4, 3))
    text = chunk(b"tEXt", b"Comment\0made for a test")
    add("1x1.png", png(samples[:1, :1], RGB, 8), samples[:1, :1])
    add(
        "many_chunks.jpg",
        png(samples, RGB, 8, before=[text, chunk(b"gAMA", b"\0\0\xb1\x8f")], after=[text], parts=5),
        samples,
    )
    large = random.integers(0, 256, (20, 30, 3))
    add("large_rgb.png", png(large, RGB, 8, parts=3), large)
    add("large_grey.png", png(large[..., :1], GREY, 8, parts=2), large[..., :1])
    add("palette_suggested.png", png(samples, RGB, 8, before=[chunk(b"PLTE", b"\1\2\3")]), samples)
    add("bad_text_checksum.png", png(samples, RGB, 8, before=[text[:-1] + b"\0"]), samples)
    add("eight_rotated.png", png(samples, RGB, 8, before=[chunk(b"eXIf", exif(8, ">"))]), np.rot90(samples, 1))
    whole = png(samples, RGB, 8)
    refuse("bad_pixel_checksum.png", whole[:-13] + b"\0" + whole[-12:], "expected a whole PNG")
    refuse("no_end.png", whole[:-12], "expected a whole PNG")
    refuse("no_pixels.png", png(samples, RGB, 8)[:33] + chunk(b"IEND", b""), "ends in its header")
    refuse("no_palette.png", png(samples[..., :1], PALETTE, 8), "expected a whole PNG")
    refuse("zero_wide.png", png(samples[:, :0], RGB, 8), "with pixels, got one of 0 x 3")
    refuse(
        "enormous.png",
        whole[:8] + chunk(b"IHDR", struct.pack(">IIBBBBB", 2**31 - 1, 2**31 - 1, 8, 6, 0, 0, 0)) + whole[33:],
        "pixels, got 2147483647 x 2147483647 (see --max-pixels)",
    )


def encoded(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def smooth(height, width, channels):
    y, x, c = np.mgrid[:height, :width, :channels]
    return (127 + 120 * np.sin(0.3 * x + 0.2 * y * (c + 1) + c)).astype(np.uint8)


def decoded(data):
    image = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data)))).astype(int)
    return image[..., None] if image.ndim == 2 else image


def add_jpegs():
    colour, grey = Image.fromarray(smooth(19, 26, 3)), Image.fromarray(smooth(19, 26, 1)[..., 0])
    for name, image, options in (
        ("rgb", colour, {}),
        ("rgb_444", colour, {"subsampling": 0}),
        ("grey", grey, {}),
        ("progressive", colour, {"progressive": True}),
        ("stored_as_rgb", colour, {"keep_rgb": True}),
    ):
        data = encoded(image, "JPEG", quality=80, **options)
        add(name + ".jpeg", data, decoded(data))
    small = Image.fromarray(smooth(5, 9, 1)[..., 0])
    for orientation in range(10):
        data = encoded(small, "JPEG", exif=b"Exif\0\0" + exif(orientation, "<>"[orientation % 2]))
        add(f"orientation_{orientation}.jpg", data, decoded(data))
    whole = encoded(colour, "JPEG", quality=80)
    refuse("cut.jpg", whole[:-40], "the file is cut or damaged")
    refuse("cut_in_header.jpg", whole[:100], "breaks in its header")
    refuse("cmyk.jpg", encoded(colour.convert("CMYK"), "JPEG"), "got a CMYK JPEG (convert it to RGB)")


def add_webps():
    colour = Image.fromarray(smooth(19, 26, 3))
    alpha = Image.fromarray(np.concatenate([smooth(6, 7, 3), smooth(6, 7, 4)[..., 3:]], -1))
    data = encoded(colour, "WEBP", quality=80)
    add("lossy.webp", data, decoded(data))
    refuse("cut.webp", data[:-20], "got one that is cut")
    data = encoded(alpha, "WEBP", lossless=True, exact=True)
    rgba = decoded(data)
    add("lossless_alpha.webp", data, on_white(rgba[..., :3], rgba[..., 3:]))
    data = encoded(alpha, "WEBP", quality=50)
    rgba = decoded(data)
    add("lossy_alpha.webp", data, on_white(rgba[..., :3], rgba[..., 3:]))
    data = encoded(alpha.convert("RGB"), "WEBP", lossless=True, exif=exif(6))
    add("six_rotated.webp", data, np.rot90(np.asarray(alpha.convert("RGB")), 3))
    refuse(
        "animated.webp",
        encoded(alpha, "WEBP", save_all=True, append_images=[alpha.rotate(180)]),
        "got an animated WebP",
    )


def add_pnms():
    samples = random.integers(0, 256, (2, 3, 3))
    text = " ".join(map(str, samples.flatten()))
    add("colour_text.ppm", f"P3 # a comment\n#another\n3 2\n255\n{text}".encode(), samples)
    add("grey_text.pgm", b"P2\n3 1 7\n0 3\n7\n", [[[0], [109], [255]]])
    add("colour.ppm", b"P6\n3 2 255\n" + bytes(samples.flatten().tolist()), samples)
    add("grey.pgm", b"P5#c\n3\t2#d\r\n#e\n255\n" + bytes(samples[..., 0].flatten().tolist()), samples[..., :1])
    add("grey_100.pgm", b"P5 2 1 100\n\x00\x32", [[[0], [128]]])
    add("grey_16.pnm", b"P5 3 1 65535\n\x00\x00\x80\x00\xff\xff", [[[0], [128], [255]]])
    refuse("cut.pgm", b"P5 3 1 255\n12", "expected 3 bytes of pixels, got 2")
    refuse("cut_text.pgm", b"P2 3 1 255\n1 2", "byte 14: expected a sample of at most 255")
    refuse("too_bright.pgm", b"P5 1 1 100\n\x65", "expected samples of at most 100, got 101")
    refuse("too_bright_text.pgm", b"P2 1 1 100\n101", "byte 11: expected a sample of at most 100")
    refuse("no_maximum.pgm", b"P5 1 1 0\n\0", "maximum above 0")
    refuse("large_maximum.pgm", b"P5 1 1 65536\n\0", "maximum of at most 65535")
    refuse("negative.pgm", b"P5 -1 1 255\n\0", "expected a width")
    refuse("enormous.ppm", b"P6 2147483647 2147483647 255\n", "pixels, got 2147483647 x 2147483647")


def add_others():
    image = Image.fromarray(smooth(2, 3, 3))
    for kind in ("BMP", "GIF", "TIFF", "AVIF"):
        data = encoded(image, kind)
        refuse(f"{kind.lower()}.png", data[:200], f"got {kind} (convert it to PNG)")
    refuse("tiff_big.png", b"MM\0*\0\0\0\x08", "got TIFF (convert it to PNG)")
    refuse("heic.png", b"\0\0\0\x18ftypheic", "got HEIC (convert it to PNG)")
    refuse("pbm.png", b"P4\n1 1\n\0", "got PBM (convert it to PNG)")
    refuse("empty.png", b"", "got an empty file")
    refuse("text.png", b"hello", "begins like none of them")
    refuse("one_byte.png", b"R", "begins like none of them")


add_pngs()
add_transparent_pngs()
add_odd_pngs()
add_jpegs()
add_webps()
add_pnms()
add_others()
tensors = {"pixels/" + name: value for name, value in pixels.items()}
tensors |= {"file/" + name: np.frombuffer(data, np.uint8) for name, data in files.items()}
save_file(tensors, sys.argv[1], metadata=refusals)
