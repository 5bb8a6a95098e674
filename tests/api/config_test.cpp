#include "api/config.hpp"

#include <filesystem>
#include <fstream>
#include <map>

#include <doctest/doctest.h>
#include <unistd.h>

using namespace pakashop;
using namespace pakashop::api;

namespace {

/// What `read_config` sees; a plain function looks into it.
std::map<std::string, std::string> variables;

std::optional<std::string> look_up(const std::string& name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional{found->second};
}

/// A folder with one key file in it, gone at the end.
class Folder {
public:
    Folder() {
        std::filesystem::create_directories(path_);
        write("pin_key", std::string(64, 'a') + "\n");
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    std::string write(const std::string& name, const std::string& text) const {
        std::ofstream{path_ / name} << text;
        return (path_ / name).native();
    }
    std::string file(const std::string& name) const { return (path_ / name).native(); }

private:
    std::filesystem::path path_ = std::filesystem::temp_directory_path() /
                                  ("pakashop-config-test-" + std::to_string(::getpid()));
};

void set_good(const Folder& folder) {
    variables = {
        {"PAKASHOP_CLIENT_KEY", "client"},
        {"INTERNAL_API_KEY", "internal"},
        {"JWT_SECRET", std::string(32, 's')},
        {"PIN_KEY_FILE", folder.file("pin_key")},
        {"PERSONAL_DATA_KEY_FILE", "personal"},
        {"PROOF_KEY_FILE", "proof"}
    };
}

/// The first field that is wrong; empty when all is well.
std::string wrong_field() {
    const auto config = read_config(look_up);
    if (config) return {};
    return config.error().front().substr(0, config.error().front().find(':'));
}

}  // namespace

TEST_CASE("what cannot be meant is named") {
    const Folder folder;
    const std::vector<std::pair<std::string, std::string>> rows{
        {"PAKASHOP_LISTEN", "everywhere"},
        {"PAKASHOP_LISTEN", "127.0.0.1:99999"},
        {"PAKASHOP_LISTEN", "127.0.0.1:"},
        {"PAKASHOP_LISTEN", "shop.example:80"},
        {"PAKASHOP_LISTEN", "::1:80"},
        {"PAKASHOP_LOG", "floppy:a"},
        {"DATABASE_URL", "mysql://pakashop@db.example/shop"},
        {"PAKASHOP_RATE_LIMITS", "no"},
        {"PAKASHOP_LOG_LEVEL", "loud"},
        {"JWT_SECRET_PREVIOUS", "short"},
        {"PAKASHOP_PARTITIONS", "0"},
        {"PAKASHOP_GENERATION", "Pakashop 2"},
        {"PAYMENT_PROVIDER", "FLUTTERWAVE"},
        {"PAYMENT_PROVIDER", "COWRIES"},
        {"PAWAPAY_BASE_URL", "not a url"},
        {"PAWAPAY_BASE_URL", "ftp://pawapay.example"},
        {"WHATSAPP_BASE_URL", "https://"},
        {"WHATSAPP_BASE_URL", "https:///path"},
        {"ZRA_VSDC_API_URL", "http://host:port"},
        {"ZRA_VSDC_API_URL", "http://host:70000"},
        {"PAKASHOP_PUBLIC_URL", "http://shop.example/?a=b"},
        {"PAKASHOP_PUBLIC_URL", "shop.example"},
    };
    for (const auto& [name, value] : rows) {
        CAPTURE(name);
        CAPTURE(value);
        set_good(folder);
        CHECK(wrong_field() == "");
        variables[name] = value;
        CHECK(wrong_field() == name);
    }
    MESSAGE("refused: " << rows.size());
}

TEST_CASE("URLs and directories lose the slashes at their end") {
    const Folder folder;
    set_good(folder);
    variables["PAWAPAY_BASE_URL"] = "http://127.0.0.1:8900/pawapay//";
    variables["PAKASHOP_PUBLIC_URL"] = "https://shop.example/";
    variables["ZRA_VSDC_API_URL"] = "http://[::1]:9/zra";
    variables["PAKASHOP_DATA"] = "/var/data/";
    const auto config = read_config(look_up);
    REQUIRE(config.has_value());
    CHECK(config->pawapay_base_url == "http://127.0.0.1:8900/pawapay");
    CHECK(config->public_url == "https://shop.example");
    CHECK(config->zra_url == "http://[::1]:9/zra");
    CHECK(config->log_dir == "/var/data/log");
    variables["PAKASHOP_LOG"] = "rocksdb:/var/log/shop//";
    CHECK(read_config(look_up)->log_dir == "/var/log/shop");
}

TEST_CASE("events are published nowhere, or to brokers that are named host and port") {
    const Folder folder;
    set_good(folder);
    CHECK(read_config(look_up)->egress_brokers.empty());
    for (const char* good : {"127.0.0.1:9092", "[::1]:9092", "a.example:1,b.example:65535"}) {
        variables["PAKASHOP_EGRESS"] = std::string{"kafka://"} + good;
        CHECK(read_config(look_up)->egress_brokers == good);
    }
    for (const char* bad :
         {"127.0.0.1:9092",
          "kafka://",
          "kafka://a",
          "kafka://a:",
          "kafka://:1",
          "kafka://a:0",
          "kafka://a:65536",
          "kafka://a:1,",
          "kafka://a:1x"}) {
        CAPTURE(bad);
        variables["PAKASHOP_EGRESS"] = bad;
        CHECK(wrong_field() == "PAKASHOP_EGRESS");
    }
}

TEST_CASE("a secret may lie in a file, with any line end") {
    const Folder folder;
    set_good(folder);
    const std::string secret(40, 'x');
    variables["JWT_SECRET"] = "";
    variables["JWT_SECRET_FILE"] = folder.write("jwt", secret + "\r\nsecond line\n");
    const auto config = read_config(look_up);
    REQUIRE(config.has_value());
    CHECK(config->jwt_secret == secret);
    variables["JWT_SECRET_FILE"] = folder.file("nothing here");
    CHECK(wrong_field() == "JWT_SECRET_FILE");
    variables["JWT_SECRET"] = std::string(32, 'y');
    CHECK(read_config(look_up)->jwt_secret == std::string(32, 'y'));
}

TEST_CASE("the secret before the present one may still be named") {
    const Folder folder;
    set_good(folder);
    CHECK(read_config(look_up)->jwt_secret_previous.empty());
    variables["JWT_SECRET_PREVIOUS"] = std::string(32, 'p');
    CHECK(read_config(look_up)->jwt_secret_previous == std::string(32, 'p'));
}

TEST_CASE("the log's level is info unless another is chosen") {
    const Folder folder;
    set_good(folder);
    CHECK(read_config(look_up)->log_level == "info");
    variables["PAKASHOP_LOG_LEVEL"] = "debug";
    CHECK(read_config(look_up)->log_level == "debug");
}

TEST_CASE("the address to listen on is an IP address, IPv6 in brackets") {
    CHECK(parse_listen("localhost:8000")->address == "127.0.0.1");
    CHECK(parse_listen("[::1]:8000")->address == "::1");
    CHECK(parse_listen("[::1]:8000")->authority() == "[::1]:8000");
    CHECK(parse_listen("0.0.0.0:0")->port == 0);
    for (const char* bad : {"", ":", ":80", "[::1:80", "::1:80", "[127.0.0.1]:80", "a:b", "1.2:4"})
        CHECK(!parse_listen(bad));
}

TEST_CASE("ZRA_MOCK_MODE=true is no choice, and production says what it refuses") {
    const Folder folder;
    set_good(folder);
    variables["ZRA_MOCK_MODE"] = "true";
    const auto config = read_config(look_up);
    REQUIRE(config.has_value());
    CHECK(!resolve_settings({}, config->setting_defaults).zra_mock_mode);
    CHECK(config->notices.empty());
    variables["PAKASHOP_ENV"] = "production";
    CHECK(wrong_field() == "ZRA_MOCK_MODE");
    variables.erase("ZRA_MOCK_MODE");
    for (const char* name :
         {"DATABASE_URL",
          "PAWAPAY_API_KEY",
          "ZRA_VSDC_API_KEY",
          "ZRA_VSDC_CLIENT_ID",
          "ZRA_VSDC_CLIENT_SECRET",
          "WHATSAPP_ACCESS_TOKEN",
          "WHATSAPP_PHONE_NUMBER_ID"})
        variables[name] = "something";
    for (const char* name : {"PAWAPAY_BASE_URL", "ZRA_VSDC_API_URL", "WHATSAPP_BASE_URL"})
        variables[name] = "https://provider.example";
    const auto strict = read_config(look_up);
    REQUIRE(strict.has_value());
    CHECK(strict->notices.size() == 1);
}
