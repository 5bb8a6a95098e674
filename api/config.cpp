#include "api/config.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <ranges>

#include <fmt/format.h>

namespace pakashop::api {
namespace {

/// One variable: what it sets, whether production must have it, what it is for.
struct Variable {
    std::string_view name;
    bool needed_in_production;
    std::string_view help;
};

constexpr Variable variables[] = {
    {"PAKASHOP_ENV", false, "development, staging or production"},
    {"PAKASHOP_LISTEN", false, "address:port of the API; loopback, behind a proxy"},
    {"PAKASHOP_DATA", false, "directory of the log, the keys and the witness"},
    {"PAKASHOP_LOG", false, "rocksdb:DIR on one machine, kafka://HOST:PORT,… on many"},
    {"PAKASHOP_GENERATION", false, "the log's name: pakashop-1, or what `log copy` made of it"},
    {"PAKASHOP_NODE", false, "this node's name in a cluster; 1 if it is alone"},
    {"PAKASHOP_ADVERTISE", false, "address:port other nodes reach it at; PAKASHOP_LISTEN else"},
    {"PAKASHOP_ALLOW_WEAK_TOPIC", false, "on: a log on Kafka that one machine's fault may cut"},
    {"PAKASHOP_EGRESS", false, "kafka://HOST:PORT[,HOST:PORT] that events are published to"},
    {"PAKASHOP_PARTITIONS", false, "partitions of a log that is made anew"},
    {"PAKASHOP_PUBLIC_URL", false, "the address providers call; else the Host header counts"},
    {"PAKASHOP_RATE_LIMITS", false, "off lifts the limits outside production"},
    {"PAKASHOP_FREE_SPACE_MIN", false, "bytes below which writes are refused (at least 256 MiB)"},
    {"PAKASHOP_LOG_LEVEL", false, "debug: every request; info, warn: the failed and slow; error"},
    {"DATABASE_URL", true, "PostgreSQL of the read models"},
    {"PAKASHOP_CLIENT_KEY", true, "x-pakashop-key of clients"},
    {"INTERNAL_API_KEY", true, "x-internal-key of nodes and operators"},
    {"JWT_SECRET", true, "signs access tokens, nothing else; at least 32 characters"},
    {"JWT_SECRET_PREVIOUS", false, "verifies access tokens too, for 15 minutes after a change"},
    {"FEATURE_FLAGS_REDIS_KEY", false, "name of the flag stream"},
    {"PAYMENT_PROVIDER", false, "AUTO, PAWAPAY, or MOCK outside production"},
    {"PLATFORM_COMMISSION_PCT", false, "0.05 is five per cent"},
    {"PAWAPAY_BASE_URL", true, "pawaPay's Merchant API"},
    {"PAWAPAY_API_KEY", true, "pawaPay's bearer token"},
    {"PAWAPAY_WEBHOOK_SECRET", false, "HMAC secret of callbacks that are signed that way"},
    {"PAWAPAY_SIGNING_KEY_FILE", false, "EC P-256 key (PEM) that signs our requests"},
    {"PAWAPAY_SIGNING_KEY_ID", false, "its id at pawaPay"},
    {"PAWAPAY_CONFIRM_FROM", false, "deposits of this amount or more are asked about (10000.00)"},
    {"FLUTTERWAVE_SECRET_HASH", false, "verif-hash of Flutterwave's callbacks"},
    {"ZRA_VSDC_API_URL", true, "the tax authority's service"},
    {"ZRA_VSDC_API_KEY", true, "its key"},
    {"ZRA_VSDC_CLIENT_ID", true, "its client id"},
    {"ZRA_VSDC_CLIENT_SECRET", true, "its client secret"},
    {"ZRA_MOCK_MODE", false, "true allows the zra_mock_mode flag; never in production"},
    {"WHATSAPP_BASE_URL", true, "WhatsApp's Cloud API"},
    {"WHATSAPP_ACCESS_TOKEN", true, "its token"},
    {"WHATSAPP_PHONE_NUMBER_ID", true, "the number we send from"},
    {"PIN_KEY_FILE", true, "32 bytes in hex, never to change: PINs and logins derive from it"},
    {"PERSONAL_DATA_KEY_FILE", true, "32 bytes in hex: wraps the data keys"},
    {"PROOF_KEY_FILE", true, "Ed25519 key (PEM) that signs proofs of delivery"},
    {"TOTP_ENCRYPTION_KEY", false, "kept for compatibility: secrets are sealed by data keys"},
    {"REDIS_URL", false, "not used: the log and PostgreSQL do its work"},
    {"MEILISEARCH_URL", false, "not used: search is a read model"},
};

/// Collects what is wrong instead of stopping at the first thing.
class Reader {
public:
    explicit Reader(Environ look_up) : environ_{look_up} {}

    std::string text(const std::string& name, std::string otherwise = {}) {
        auto value = read_variable(environ_, name);
        if (!value) wrong(name + "_FILE", value.error());
        return value.value_or("").empty() ? otherwise : *std::move(value);
    }
    std::string first_line(const std::string& name, const std::string& path) {
        auto line = first_line_of(path);
        if (!line) wrong(name, "the file " + path + " cannot be read");
        return std::move(line).value_or("");
    }
    /// Empty when it is not set.
    std::string url(const std::string& name) {
        const std::string value = text(name);
        if (value.empty()) return {};
        auto url = base_url(value);
        if (!url) wrong(name, "must be an http or https URL with a host, without a query");
        return std::move(url).value_or("");
    }
    std::int64_t
    number(const std::string& name, std::int64_t otherwise, std::int64_t min, std::int64_t max) {
        const std::string value = text(name);
        if (value.empty()) return otherwise;
        std::int64_t out = 0;
        const auto end = value.data() + value.size();
        const auto read = std::from_chars(value.data(), end, out);
        if (read.ec != std::errc{} || read.ptr != end || out < min || out > max) {
            wrong(name, fmt::format("must be a number from {} to {}", min, max));
        }
        return out;
    }
    void wrong(const std::string& name, const std::string& why) {
        errors_.push_back(name + ": " + why);
    }
    std::vector<std::string>& errors() { return errors_; }

private:
    Environ environ_;
    std::vector<std::string> errors_;
};

void read_listen(Reader& in, Config& out) {
    auto listen = parse_listen(in.text("PAKASHOP_LISTEN", "127.0.0.1:8000"));
    if (!listen) return in.wrong("PAKASHOP_LISTEN", "must be address:port, with an IP address");
    out.listen_address = std::move(listen->address);
    out.listen_port = listen->port;
}

void read_environment(Reader& in, Config& out) {
    const std::string name = in.text("PAKASHOP_ENV", "development");
    if (name == "development") {
        out.stage = Stage::development;
    } else if (name == "staging") {
        out.stage = Stage::staging;
    } else if (name == "production") {
        out.stage = Stage::production;
    } else {
        in.wrong("PAKASHOP_ENV", "must be development, staging or production");
    }
}

void read_node(Reader& in, Config& out) {
    out.node = in.text("PAKASHOP_NODE", out.node);
    const std::string own = fmt::format("{}:{}", out.listen_address, out.listen_port);
    out.advertised_address = in.text("PAKASHOP_ADVERTISE", own);
    const std::string weak = in.text("PAKASHOP_ALLOW_WEAK_TOPIC", "off");
    out.allow_weak_topic = weak == "on";
    if (weak != "on" && weak != "off") in.wrong("PAKASHOP_ALLOW_WEAK_TOPIC", "must be on or off");
}

// It is part of a topic's name.
bool names_generation(std::string_view text) {
    constexpr std::size_t length_max = 64;
    return text.size() <= length_max && std::ranges::all_of(text, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
           });
}

void read_log(Reader& in, Config& out) {
    out.data_dir = without_end_slashes(in.text("PAKASHOP_DATA", out.data_dir));
    const std::string log = in.text("PAKASHOP_LOG", "rocksdb:" + out.data_dir + "/log");
    constexpr std::string_view kafka = "kafka://";
    constexpr std::string_view rocksdb = "rocksdb:";
    if (log.starts_with(kafka) && log.size() > kafka.size()) {
        out.kafka_brokers = log.substr(kafka.size());
    } else if (log.starts_with(rocksdb) && log.size() > rocksdb.size()) {
        out.log_dir = without_end_slashes(log.substr(rocksdb.size()));
    } else {
        in.wrong("PAKASHOP_LOG", "must be rocksdb:DIR or kafka://HOST:PORT[,HOST:PORT]");
    }
    read_node(in, out);
    out.generation = in.text("PAKASHOP_GENERATION", out.generation);
    if (!names_generation(out.generation)) {
        in.wrong("PAKASHOP_GENERATION", "must be of a to z, 0 to 9 and -, 64 at most");
    }
    out.partitions = static_cast<std::uint32_t>(in.number("PAKASHOP_PARTITIONS", 16, 1, 1024));
    out.free_space_min_bytes =
        in.number("PAKASHOP_FREE_SPACE_MIN", out.free_space_min_bytes, 0, INT64_MAX);
}

// HOST:PORT, however the host is written.
bool names_broker(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == 0 || colon == std::string_view::npos) return false;
    const std::string_view port = text.substr(colon + 1);
    const char* end = port.data() + port.size();
    std::uint16_t number = 0;
    const auto read = std::from_chars(port.data(), end, number);
    return read.ec == std::errc{} && read.ptr == end && number > 0;
}

void read_egress(Reader& in, Config& out) {
    constexpr std::string_view scheme = "kafka://";
    const std::string value = in.text("PAKASHOP_EGRESS");
    if (value.empty()) return;
    bool good = value.starts_with(scheme);
    out.egress_brokers = value.substr(good ? scheme.size() : 0);
    for (const auto broker : std::views::split(out.egress_brokers, ',')) {
        good = good && names_broker(std::string_view{broker.begin(), broker.end()});
    }
    if (!good || out.egress_brokers.empty()) {
        in.wrong("PAKASHOP_EGRESS", "must be kafka://HOST:PORT[,HOST:PORT]");
    }
}

void read_token_secrets(Reader& in, Config& out) {
    constexpr std::size_t length_min = 32;
    out.jwt_secret = in.text("JWT_SECRET");
    out.jwt_secret_previous = in.text("JWT_SECRET_PREVIOUS");
    if (out.jwt_secret.size() < length_min) in.wrong("JWT_SECRET", "needs at least 32 characters");
    const std::size_t previous = out.jwt_secret_previous.size();
    if (previous > 0 && previous < length_min) {
        in.wrong("JWT_SECRET_PREVIOUS", "needs at least 32 characters");
    }
}

void read_log_level(Reader& in, Config& out) {
    constexpr std::array levels{"debug", "info", "warn", "error"};
    out.log_level = in.text("PAKASHOP_LOG_LEVEL", out.log_level);
    if (std::ranges::find(levels, out.log_level) == levels.end()) {
        in.wrong("PAKASHOP_LOG_LEVEL", "must be debug, info, warn or error");
    }
}

void read_edge(Reader& in, Config& out) {
    out.database_url = in.text("DATABASE_URL");
    const bool uri = out.database_url.starts_with("postgresql://") ||
                     out.database_url.starts_with("postgres://");
    const bool settings = out.database_url.find("://") == std::string::npos;
    if (!out.database_url.empty() && !uri && !settings) {
        in.wrong("DATABASE_URL", "must be postgresql://USER:PASSWORD@HOST:PORT/DATABASE");
    }
    out.client_key = in.text("PAKASHOP_CLIENT_KEY");
    out.internal_key = in.text("INTERNAL_API_KEY");
    read_token_secrets(in, out);
    out.public_url = in.url("PAKASHOP_PUBLIC_URL");
    out.feature_flags = in.text("FEATURE_FLAGS_REDIS_KEY", out.feature_flags);
    const std::string limits = in.text("PAKASHOP_RATE_LIMITS", "on");
    out.rate_limits = limits != "off";
    if (limits != "on" && limits != "off") in.wrong("PAKASHOP_RATE_LIMITS", "must be on or off");
    if (out.client_key.empty()) in.wrong("PAKASHOP_CLIENT_KEY", "is required");
    if (out.internal_key.empty()) in.wrong("INTERNAL_API_KEY", "is required");
    if (!out.client_key.empty() && out.client_key == out.internal_key) {
        in.wrong("INTERNAL_API_KEY", "must differ from PAKASHOP_CLIENT_KEY");
    }
}

void read_providers(Reader& in, Config& out) {
    out.pawapay_base_url = in.url("PAWAPAY_BASE_URL");
    out.pawapay_api_key = in.text("PAWAPAY_API_KEY");
    out.pawapay_webhook_secret = in.text("PAWAPAY_WEBHOOK_SECRET");
    out.pawapay_signing_key_file = in.text("PAWAPAY_SIGNING_KEY_FILE");
    out.pawapay_signing_key_id = in.text("PAWAPAY_SIGNING_KEY_ID");
    if (const std::string from = in.text("PAWAPAY_CONFIRM_FROM"); !from.empty()) {
        const auto amount = parse_decimal(from);
        if (!amount) in.wrong("PAWAPAY_CONFIRM_FROM", "must be an amount in kwacha: 10000.00");
        out.confirm_deposits_from = amount.value_or(out.confirm_deposits_from);
    }
    out.flutterwave_secret_hash = in.text("FLUTTERWAVE_SECRET_HASH");
    out.zra_url = in.url("ZRA_VSDC_API_URL");
    out.zra_api_key = in.text("ZRA_VSDC_API_KEY");
    out.zra_client_id = in.text("ZRA_VSDC_CLIENT_ID");
    out.zra_client_secret = in.text("ZRA_VSDC_CLIENT_SECRET");
    out.whatsapp_base_url = in.url("WHATSAPP_BASE_URL");
    out.whatsapp_access_token = in.text("WHATSAPP_ACCESS_TOKEN");
    out.whatsapp_phone_number_id = in.text("WHATSAPP_PHONE_NUMBER_ID");
}

void read_keys(Reader& in, Config& out) {
    out.personal_data_key_file = in.text("PERSONAL_DATA_KEY_FILE");
    out.proof_key_file = in.text("PROOF_KEY_FILE");
    if (out.personal_data_key_file.empty()) in.wrong("PERSONAL_DATA_KEY_FILE", "is required");
    if (out.proof_key_file.empty()) in.wrong("PROOF_KEY_FILE", "is required");
    const std::string path = in.text("PIN_KEY_FILE");
    if (path.empty()) return in.wrong("PIN_KEY_FILE", "is required");
    const auto key = from_hex(in.first_line("PIN_KEY_FILE", path));
    if (!key || key->size() != out.pin_key.secret.size()) {
        return in.wrong("PIN_KEY_FILE", "must hold 32 bytes in hex");
    }
    std::ranges::copy(*key, out.pin_key.secret.begin());
}

// The defaults of run-time settings; a flag set later wins over them (CFG-06).
void read_settings(Reader& in, Config& out) {
    for (const SettingSpec& spec : setting_specs()) {
        if (spec.variable.empty()) continue;
        const std::string name{spec.variable};
        const std::string value = in.text(name);
        if (value.empty()) continue;
        if (!normal_value(spec, value)) {
            in.wrong(name, "is not a value it takes");
        } else if (out.production() && !allowed_in_production(spec, value)) {
            in.wrong(name, value + " is refused in production");
        } else if (value == name_of(ProviderChoice::flutterwave)) {
            in.wrong(name, value + " is not connected to this program");
        } else {
            out.setting_defaults[name] = value;
        }
    }
}

void check_production(Reader& in, Config& out) {
    for (const std::string name : {"REDIS_URL", "MEILISEARCH_URL"}) {
        if (!in.text(name).empty()) out.notices.push_back(name + " is set and not used");
    }
    if (!out.production()) return;
    for (const Variable& variable : variables) {
        const std::string name{variable.name};
        if (variable.needed_in_production && in.text(name).empty()) {
            in.wrong(name, "is required in production");
        }
    }
    if (!out.rate_limits) in.wrong("PAKASHOP_RATE_LIMITS", "cannot be off in production");
    out.notices.push_back("production: the clock cannot be moved and rate limits stay on");
}

}  // namespace

bool Config::has_role(std::string_view role) const {
    return roles.empty() || std::ranges::find(roles, role) != roles.end();
}

Result<Config, std::vector<std::string>> read_config(Environ look_up) {
    Reader in{look_up};
    Config out;
    read_environment(in, out);
    read_listen(in, out);
    read_log(in, out);
    read_log_level(in, out);
    read_egress(in, out);
    read_edge(in, out);
    read_providers(in, out);
    read_keys(in, out);
    read_settings(in, out);
    check_production(in, out);
    if (!in.errors().empty()) return unexpected{std::move(in.errors())};
    return out;
}

std::string describe_config() {
    std::string out;
    for (const Variable& variable : variables) {
        out += fmt::format("  {:<26} {}\n", variable.name, variable.help);
    }
    return out;
}

}  // namespace pakashop::api
