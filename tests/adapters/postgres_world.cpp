#include "tests/adapters/postgres_world.hpp"

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include <doctest/doctest.h>
#include <pqxx/pqxx>

namespace pakashop::kit {
namespace {

std::string output_of(const std::string& command) {
    std::FILE* pipe = ::popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::string out;
    std::array<char, 256> buffer;
    while (std::fgets(buffer.data(), buffer.size(), pipe)) out += buffer.data();
    REQUIRE_MESSAGE(::pclose(pipe) == 0, command);
    while (out.ends_with('\n')) out.pop_back();
    return out;
}

}  // namespace

PostgresCluster& PostgresCluster::get() {
    static PostgresCluster cluster;
    return cluster;
}

PostgresCluster::PostgresCluster() {
    std::string name = (std::filesystem::temp_directory_path() / "pakashop-pg-XXXXXX").native();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    std::filesystem::permissions(
        name, std::filesystem::perms::others_exec, std::filesystem::perm_options::add
    );
    directory_ = name;
    url_ = run("start");
}

PostgresCluster::~PostgresCluster() {
    const std::string drop = std::string{PAKASHOP_SOURCE_DIR} + "/ops/lib/postgres.sh drop " +
                             directory_ + "/cluster >/dev/null 2>&1";
    if (std::system(drop.c_str()) != 0) std::perror("the test cluster could not be dropped");
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
}

std::string PostgresCluster::run(const std::string& verb) const {
    return output_of(
        std::string{PAKASHOP_SOURCE_DIR} + "/ops/lib/postgres.sh " + verb + " " + directory_ +
        "/cluster 2>/dev/null"
    );
}

void PostgresCluster::crash() { run("crash"); }

void PostgresCluster::start() { run("start"); }

PostgresSchema::PostgresSchema() {
    static std::atomic<int> made{0};
    name_ = "test_" + std::to_string(++made);
    const std::string& base = PostgresCluster::get().url();
    pqxx::connection connection{base};
    pqxx::nontransaction work{connection};
    work.exec("CREATE SCHEMA " + name_);
    url_ = base + "?options=-csearch_path%3D" + name_;
}

PostgresSchema::~PostgresSchema() {
    try {
        pqxx::connection connection{PostgresCluster::get().url()};
        pqxx::nontransaction work{connection};
        work.exec("DROP SCHEMA " + name_ + " CASCADE");
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "%s\n", failure.what());  // The cluster is dropped anyway.
    }
}

std::string PostgresSchema::run(const std::string& sql) const {
    pqxx::connection connection{url_};
    pqxx::nontransaction work{connection};
    const pqxx::result result = work.exec(sql);
    return result.empty() || result[0][0].is_null() ? std::string{} : result[0][0].c_str();
}

}  // namespace pakashop::kit
