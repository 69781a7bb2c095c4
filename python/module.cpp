// The extension module of the Python package: the program's commands, with data that Python holds.
#include <nanobind/nanobind.h>
#include <nanobind/stl/set.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <nlohmann/json.hpp>

#include "cli/measure.h"
#include "cli/measure_page.h"
#include "cli/sample.h"
#include "python/arrays.h"
#include "python/session.h"
#include "saddle/base/error.h"
#include "saddle/base/version.h"
#include "saddle/io/csv.h"
#include "saddle/report/report.h"
#include "saddle/training/trained_run.h"

namespace saddle::python {
namespace {

using Arguments = std::vector<std::string>;

/// Reads a command as the program reads its command line.
template <typename Command>
Command parsed(Arguments arguments) {
  arguments.insert(arguments.begin(), "saddle");
  std::vector<char*> pointers;
  pointers.reserve(arguments.size());
  for (auto& argument : arguments) pointers.push_back(argument.data());
  cli::Command command;
  if (!cli::parse(static_cast<int>(pointers.size()), pointers.data(), command) ||
      !std::holds_alternative<Command>(command))
    throw UsageError("saddle: expected a command that Python carries out, got another");
  return std::get<Command>(command);
}

/// A side of a measurement that Python holds: an array, a table (a list of columns) or a density (JSON); None: the
/// command names it.
struct Held {
  cli::GivenSide side;
  bool there = false;

  Held(const std::string& name, const nb::object& value) {
    there = !value.is_none();
    if (!there) return;
    if (nb::isinstance<nb::str>(value))
      side.density = nb::cast<std::string>(value);
    else if (nb::isinstance<nb::list>(value))
      side.table = table_of(name, nb::cast<nb::list>(value));
    else
      side.x = tensor_of(nb::cast<ReadArray>(value));
  }

  const cli::GivenSide* given() const { return there ? &side : nullptr; }
};

/// What `saddle measure` found, kept for its texts and its page.
class Measured {
 public:
  Measured(cli::MeasureCommand command, cli::Measured found) : command_(std::move(command)), found_(std::move(found)) {}

  std::string json() const {
    return cli::measure_json(command_, found_.sides, found_.result)
        .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }
  std::string text() const { return cli::measure_text(command_, found_.sides, found_.result); }
  std::string sentence() const { return cli::measure_sentence(command_, found_.result); }

  void write_page(const std::string& path) const {
    cli::MeasureCommand command = command_;
    command.out = path;
    Session({nb::none(), nb::none()}, Session::Ending::give_up).run([&] {
      cli::write_measure_page(command, found_.sides, found_.result);
    });
  }

 private:
  cli::MeasureCommand command_;
  cli::Measured found_;
};

Measured measure(const Arguments& arguments, const nb::object& p, const nb::object& q, const nb::object& progress) {
  auto command = parsed<cli::MeasureCommand>(arguments);
  const Held given_p(command.p, p), given_q(command.q, q);
  std::optional<cli::Measured> found;
  Session({progress, nb::none()}, Session::Ending::give_up).run([&] {
    cli::ProgressLine line(/*quiet=*/true);
    Group alone;
    found.emplace(cli::measure_by(command, line, alone, {given_p.given(), given_q.given()}));
  });
  return {std::move(command), std::move(*found)};
}

/// Carries out a command that makes a run; returns its exit code and what it complained of.
template <typename Command>
nb::tuple make_run(const Arguments& arguments, const nb::object& progress, const nb::object& record) {
  auto command = parsed<Command>(arguments);
  command.quiet = true;
  int code = 0;
  Session session({progress, record}, Session::Ending::keep);
  session.run([&] { code = cli::run(command); });
  return nb::make_tuple(code, session.complaints());
}

/// Draws samples, the columns of `texts` as texts; returns (array or None, columns or None, labels or None, names of
/// labels).
nb::tuple sample(const Arguments& arguments, const std::set<std::string>& texts, const nb::object& progress) {
  auto command = parsed<cli::SampleCommand>(arguments);
  cli::SamplesInMemory samples;
  Session({progress, nb::none()}, Session::Ending::give_up).run([&] { samples = cli::draw_in_memory(command); });
  const auto array_or_none = [](const Tensor& x) { return x.defined() ? array_of(x) : nb::none(); };
  const nb::object columns = samples.table ? columns_of(samples.schema, *samples.table, texts) : nb::object(nb::none());
  return nb::make_tuple(array_or_none(samples.array), columns, array_or_none(samples.labels), samples.label_names);
}

/// Writes a frame's columns as the CSV that the program would write.
void write_table(const std::string& path, const nb::list& columns) {
  const auto table = table_of(path, columns);
  Session({nb::none(), nb::none()}, Session::Ending::give_up).run([&] { write_csv(path, *table); });
}

std::string report(const std::string& run) {
  std::string path;
  Session({nb::none(), nb::none()}, Session::Ending::give_up).run([&] { path = write_report(run); });
  return path;
}

nb::object log_density(const std::string& run, const ReadArray& points) {
  const Tensor x = tensor_of(points);
  Tensor density;
  Session({nb::none(), nb::none()}, Session::Ending::give_up).run([&] {
    const TrainedRun opened = open_run(run, "last");
    if (opened.mixture == nullptr)
      throw Error(run + ": expected a run of saddle mle, which has a density, got another");
    if (x.dim() != 2 || x.size(1) != opened.mixture->dim())
      throw Error("X: expected points [n, " + std::to_string(opened.mixture->dim()) + "], as " + run +
                  " was fitted on, got other ones");
    density = opened.mixture->log_prob(x.to(at::kDouble));
  });
  return array_of(density);
}

nb::object picture_of(const Record& record) { return record.picture.defined() ? array_of(record.picture) : nb::none(); }

}  // namespace

NB_MODULE(_saddle, m) {
  m.doc() = "Saddle's commands with data that Python holds; the package saddle is what to use.";
  m.attr("__version__") = version();
  const nb::exception<Error> error(m, "Error", PyExc_ValueError);  // as scikit-learn wants of bad input
  const nb::exception<UsageError> usage_error(m, "UsageError", error);
  error.doc() = "What is wrong with data, files or the world, in one line: where, expected what, got what (hint).";
  usage_error.doc() = "A wrong option or argument.";
  nb::class_<Record>(m, "Record", "One observation of a run at one moment: a number, a text, or a picture.")
      .def_ro("name", &Record::name, "what was observed, as docs/formats.md lists it: \"select/value\"")
      .def_ro("samples", &Record::samples, "real samples shown to D by then")
      .def_ro("value", &Record::value, "the number; NaN: there is none")
      .def_ro("lower", &Record::lower, "the lower end of its interval; NaN: there is none")
      .def_ro("upper", &Record::upper, "the upper end")
      .def_ro("standard_error", &Record::standard_error, "of an estimate; NaN: it is none")
      .def_ro("text", &Record::text, "an event's sentence; empty: there is none")
      .def_prop_ro("picture", &picture_of, "uint8 [height, width, channels], or None")
      .def("__repr__", [](const Record& record) {
        return "Record(" + record.name + " = " + (record.text.empty() ? std::to_string(record.value) : record.text) +
               " at " + std::to_string(record.samples) + " samples)";
      });
  nb::class_<Measured>(m, "Measured")
      .def("json", &Measured::json)
      .def("text", &Measured::text)
      .def("sentence", &Measured::sentence)
      .def("page", &Measured::write_page, nb::arg("path"));
  m.def("measure", &measure, nb::arg("arguments"), nb::arg("p").none(), nb::arg("q").none(),
        nb::arg("progress").none());
  const nb::arg arguments("arguments");
  m.def("train", &make_run<cli::TrainCommand>, arguments, nb::arg("progress").none(), nb::arg("record").none());
  m.def("mle", &make_run<cli::MleCommand>, arguments, nb::arg("progress").none(), nb::arg("record").none());
  m.def("trees", &make_run<cli::TreesCommand>, arguments, nb::arg("progress").none(), nb::arg("record").none());
  m.def("sample", &sample, arguments, nb::arg("texts"), nb::arg("progress").none());
  m.def("write_table", &write_table, nb::arg("path"), nb::arg("columns"));
  m.def("report", &report, nb::arg("run"));
  m.def("log_density", &log_density, nb::arg("run"), nb::arg("points"));
}

}  // namespace saddle::python
