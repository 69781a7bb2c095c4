"""Prints the records of tests/io/tfevents_test.cpp as the tensorboard package writes them."""

import io

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

# the header of a PNG, 640 x 480 in RGB
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\x80\0\0\x01\xe0\x08\x02\0\0\0\0\0\0\0"
EVENTS = {
    "HEADER": Event(wall_time=1.5, file_version="brain.Event:2"),
    "SCALAR": Event(
        wall_time=2.5, step=12800, summary=Summary(value=[Summary.Value(tag="select/value", simple_value=-1.25)])
    ),
    "IMAGE": Event(
        wall_time=3.5,
        step=300,
        summary=Summary(
            value=[
                Summary.Value(
                    tag="samples/grid",
                    image=Summary.Image(height=480, width=640, colorspace=3, encoded_image_string=PNG),
                )
            ]
        ),
    ),
}
for name, event in EVENTS.items():
    file = io.BytesIO()
    RecordWriter(file).write(event.SerializeToString(deterministic=True))
    print(name, file.getvalue().hex())
