#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

/// The rules of the house that can be checked by reading the tree: who may include what, how wide a
/// line is, what pure code may not say. TREE is the repository's root.
namespace {

namespace fs = std::filesystem;

struct Source {
    std::string path;  ///< From the root.
    std::vector<std::string> lines;
    std::string folder() const { return path.substr(0, path.find('/')); }
    bool is_header() const { return path.ends_with(".hpp"); }
};

const fs::path tree = TREE;

std::vector<Source> sources_in(const std::vector<std::string>& folders) {
    std::vector<Source> out;
    for (const std::string& folder : folders) {
        for (const auto& entry : fs::recursive_directory_iterator{tree / folder}) {
            const fs::path& path = entry.path();
            if (path.extension() != ".cpp" && path.extension() != ".hpp") continue;
            Source source{fs::relative(path, tree).string(), {}};
            std::ifstream in{path};
            for (std::string line; std::getline(in, line);) source.lines.push_back(line);
            out.push_back(std::move(source));
        }
    }
    return out;
}

const std::vector<std::string> our_folders{
    "events",
    "aggregates",
    "projections",
    "handlers",
    "adapters",
    "api",
    "ops",
    "tests"
};
const std::vector<std::string> pure_folders{"events", "aggregates"};

std::string included(const std::string& line) {
    static const std::regex form{R"re(^#include ["<]([^">]+)[">])re"};
    std::smatch found;
    return std::regex_search(line, found, form) ? found[1].str() : std::string{};
}

// Columns as a reader counts them: continuation bytes of UTF-8 do not widen a line.
std::size_t width(const std::string& line) {
    return static_cast<std::size_t>(std::ranges::count_if(line, [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    }));
}

template <class Check>
std::size_t each_line(const std::vector<Source>& sources, Check check) {
    std::size_t checked = 0;
    for (const Source& source : sources) {
        for (std::size_t i = 0; i < source.lines.size(); ++i) {
            INFO(source.path, ":", i + 1, ": ", source.lines[i]);
            check(source, source.lines[i]);
            ++checked;
        }
    }
    return checked;
}

bool allowed(const std::string& folder, const std::string& other) {
    static const std::map<std::string, std::set<std::string>> arrows{
        {"events", {"events"}},
        {"aggregates", {"events", "aggregates"}},
        {"projections", {"events", "projections", "handlers/ports"}},
        {"handlers", {"events", "aggregates", "handlers"}},
        {"adapters",
         {"events", "aggregates", "handlers", "projections", "api/ports", "api/http", "adapters"}},
    };
    const auto arrow = arrows.find(folder);
    if (arrow == arrows.end()) return true;
    return std::ranges::any_of(arrow->second, [&](const std::string& target) {
        return other.starts_with(target + "/");
    });
}

}  // namespace

TEST_CASE("a folder includes only what the architecture lets it see") {
    const auto sources =
        sources_in({"events", "aggregates", "projections", "handlers", "adapters"});
    std::size_t checked = 0;
    each_line(sources, [&](const Source& source, const std::string& line) {
        const std::string other = included(line);
        const bool ours = std::ranges::any_of(our_folders, [&](const std::string& folder) {
            return other.starts_with(folder + "/");
        });
        if (!ours) return;
        ++checked;
        CHECK(allowed(source.folder(), other));
    });
    MESSAGE("checked ", checked, " includes");
    CHECK(checked > 300);
}

TEST_CASE("inside the api, adapters are named where things are put together and nowhere else") {
    // The command line opens stores without a server; the clock is moved by a route.
    static const std::regex home{"^api/(compose|cli/|main)"};
    std::size_t named = 0;
    each_line(sources_in({"api"}), [&](const Source& source, const std::string& line) {
        const std::string other = included(line);
        if (!other.starts_with("adapters/") || other == "adapters/system/movable_clock.hpp") return;
        ++named;
        CHECK(std::regex_search(source.path, home));
    });
    CHECK(named > 10);
}

TEST_CASE("heavy libraries stay out of headers of the inner folders") {
    static const std::regex heavy{"boost/|spdlog/|pqxx|rocksdb/|nlohmann/|curl/|simdjson"};
    const auto sources = sources_in({"events", "aggregates", "projections", "handlers"});
    std::size_t checked = 0;
    each_line(sources, [&](const Source& source, const std::string& line) {
        const std::string other = included(line);
        if (other.empty() || !source.is_header()) return;
        ++checked;
        CHECK_FALSE(std::regex_search(other, heavy));
    });
    CHECK(checked > 200);
}

TEST_CASE("no line is wider than 100 columns") {
    const std::size_t checked =
        each_line(sources_in(our_folders), [](const Source& source, const std::string& line) {
            const bool raw_text =
                source.path.starts_with("tests/") || line.find("R\"") != line.npos;
            if (!raw_text) CHECK(width(line) <= 100);
        });
    MESSAGE("checked ", checked, " lines");
    CHECK(checked > 10'000);
}

TEST_CASE("pure code asks no clock, file, thread or random source, and knows no floating point") {
    static const std::regex banned{
        R"re(\b(double|float|system_clock|steady_clock|random_device|mt19937|fstream|std::thread|)re"
        R"re(getenv|std::rand|RAND_bytes|time\(nullptr\))\b)re"
    };
    const std::size_t checked =
        each_line(sources_in(pure_folders), [](const Source&, const std::string& line) {
            const std::string code = line.substr(0, line.find("//"));
            CHECK_FALSE(std::regex_search(code, banned));
        });
    CHECK(checked > 3'000);
}

TEST_CASE("every text of an event is declared public or sealed") {
    static const std::regex bare{R"re(^\s+std::(optional<|vector<)*std::string>* \w+;)re"};
    std::size_t checked = 0;
    for (const Source& source : sources_in({"events"})) {
        const bool family = source.is_header() && source.path.find("kernel") == std::string::npos;
        const bool declares = std::ranges::any_of(source.lines, [](const std::string& line) {
            return line.find("// Stored for ever.") != std::string::npos;
        });
        if (!family || !declares) continue;
        for (const std::string& line : source.lines) {
            INFO(source.path, ": ", line);
            CHECK_FALSE(std::regex_search(line, bare));
            ++checked;
        }
    }
    MESSAGE("checked ", checked, " lines of event families");
    CHECK(checked > 1'000);
}

TEST_CASE("nobody reads the word shipping") {
    static const std::regex banned{"[Ss]hipping"};
    const std::size_t checked = each_line(
        sources_in({"api", "handlers", "adapters"}),
        [](const Source&, const std::string& line) { CHECK_FALSE(std::regex_search(line, banned)); }
    );
    CHECK(checked > 3'000);
}

TEST_CASE("the checker finds what it is meant to find") {
    CHECK(width("äöü") == 3);
    CHECK(included("#include \"events/order.hpp\"") == "events/order.hpp");
    CHECK_FALSE(allowed("events", "handlers/shard.hpp"));
    CHECK(allowed("handlers", "events/order.hpp"));
}
