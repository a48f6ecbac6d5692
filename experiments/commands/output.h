// What a command's answer looks like.
#pragma once

namespace nas {

enum class Output {
  Text,  // for people
  Json,  // for programs: one object, ended by a newline
};

}  // namespace nas
