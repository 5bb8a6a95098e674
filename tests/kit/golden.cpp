#include "tests/kit/golden.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include <doctest/doctest.h>

namespace pakashop::kit {
namespace {

bool may_write() {
    const char* const asked = std::getenv("PAKASHOP_WRITE_GOLDEN");
    return asked != nullptr && std::string_view{asked} == "1";
}

}  // namespace

std::filesystem::path golden_folder() { return PAKASHOP_GOLDEN_DIR; }

std::string golden(const std::filesystem::path& name, std::string_view now) {
    const std::filesystem::path file = golden_folder() / name;
    if (!std::filesystem::exists(file) && may_write()) {
        std::filesystem::create_directories(file.parent_path());
        std::ofstream{file} << now << '\n';
        MESSAGE("written: " << file.native());
    }
    REQUIRE_MESSAGE(std::filesystem::exists(file), "there is no golden file ", file.native());
    std::stringstream text;
    text << std::ifstream{file}.rdbuf();
    std::string out = text.str();
    REQUIRE(out.ends_with('\n'));
    out.pop_back();
    return out;
}

GoldenLines& GoldenLines::add(std::string_view name, std::string_view value) {
    if (!text_.empty()) text_ += '\n';
    text_ += name;
    text_ += " = ";
    text_ += value;
    ++count_;
    return *this;
}

void GoldenLines::check(const std::filesystem::path& name) const {
    CHECK(count_ > 0);
    CHECK(golden(name, text_) == text_);
}

}  // namespace pakashop::kit
