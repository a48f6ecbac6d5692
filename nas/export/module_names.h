// Names of modules from the paths of nodes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nas::detail {

/// "stage_1.0.conv" -> stage_1, 0, conv.
[[nodiscard]] std::vector<std::string> path_of(std::string_view name);

/// Digits alone.
[[nodiscard]] bool is_number(std::string_view label);

/// "conv_12" -> "conv".
[[nodiscard]] std::string without_number(const std::string& label);

/// The word that says which module this is (the first of these labels, from outer to inner, that is
/// neither a number nor a construct of spaces such as `choose_2`, `residual_1` or `body`), and the one
/// that says of what kind it is (the last). Without numbers; empty where there is none.
[[nodiscard]] std::string telling_name(const std::vector<std::string>& labels);
[[nodiscard]] std::string kind_name(const std::vector<std::string>& labels);

/// Whether all of these labels are constructs or numbers: a module of this path says nothing.
[[nodiscard]] bool is_structure(const std::vector<std::string>& labels);

/// An attribute of a torch.nn.Module: a Python identifier that nothing else needs.
[[nodiscard]] std::string attribute_name(std::string_view wanted);

/// "two_layers" -> "TwoLayers".
[[nodiscard]] std::string class_name(std::string_view wanted);

/// Names in the order given, made unique: those that are wanted once stay as they are, others become
/// conv_1, conv_2, ...
[[nodiscard]] std::vector<std::string> unique_names(const std::vector<std::string>& wanted);

}  // namespace nas::detail
