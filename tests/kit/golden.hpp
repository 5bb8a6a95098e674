#pragma once

#include <filesystem>
#include <string>
#include <string_view>

/// Files under tests/golden pin what is stored for ever. They are never edited. With
/// PAKASHOP_WRITE_GOLDEN=1 in the environment a test writes the ones that are missing, and only
/// those.
namespace pakashop::kit {

/// tests/golden in the source tree.
std::filesystem::path golden_folder();

/// The text of a golden file without its final newline. A missing one is written with `now` first
/// when the environment asks for it, else the test fails.
std::string golden(const std::filesystem::path& name, std::string_view now);

/// Lines of `name = value`, compared with a golden file as one text.
class GoldenLines {
public:
    GoldenLines& add(std::string_view name, std::string_view value);
    /// Fails unless the file holds these lines, no other, in this order.
    void check(const std::filesystem::path& name) const;

private:
    std::string text_;
    int count_ = 0;
};

}  // namespace pakashop::kit
