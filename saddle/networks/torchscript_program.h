// Writes a graph as a TorchScript program, which LibTorch and PyTorch run without its source.
#pragma once
#include <map>
#include <string>

#include "saddle/networks/graph.h"

namespace saddle {

/// The bytes of a .pt file whose `forward` takes the graph's inputs and returns its output; `metadata` are extra files.
///
/// Weights are parameters by their names in the network, so that a program that loads the file can train them on.
/// Throws: Error where LibTorch cannot compile or save it.
std::string encode_torchscript(const OpGraph& graph, const std::map<std::string, std::string>& metadata);

}  // namespace saddle
