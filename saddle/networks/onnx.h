// Writes a graph as a model of ONNX, which most runtimes read.
#pragma once
#include <map>
#include <string>

#include "saddle/networks/graph.h"

namespace saddle {

/// The bytes of an .onnx file with the graph, its constants and `metadata`; the same input gives the same bytes.
///
/// IR version 8 and operator set 17, which runtimes of 2022 and later know. The first dimension of what goes in and
/// comes out is the batch's, any number. Throws: Error where the file would reach 2 GB, more than its format holds.
std::string encode_onnx(const OpGraph& graph, const std::map<std::string, std::string>& metadata);

}  // namespace saddle
