#include <fmt/format.h>

#include "adapters/kafka/kafka_key_store.hpp"
#include "adapters/kafka/kafka_log.hpp"
#include "api/cli/commands.hpp"
#include "api/compose.hpp"
#include "api/config.hpp"

namespace pakashop::cli {
namespace {

int fail(int code, const std::string& problem) {
    fmt::print(stderr, "pakashop: {}\n", problem);
    return code;
}

}  // namespace

int create_log(const LogCreation& wanted) {
    // What the command line says wins over the environment.
    const auto set = [](const char* name, const std::string& value) {
        if (!value.empty()) ::setenv(name, value.c_str(), 1);
    };
    set("PAKASHOP_LOG", wanted.log);
    set("PAKASHOP_GENERATION", wanted.generation);
    set("PAKASHOP_PARTITIONS", wanted.partitions);
    const auto config = api::read_config(api::process_environment);
    if (!config) return fail(api::exit_refuses, fmt::format("{}", fmt::join(config.error(), "\n")));
    if (config->kafka_brokers.empty()) {
        return fail(
            api::exit_usage,
            "a log on one machine is made when the server first starts; PAKASHOP_LOG or --log must "
            "be kafka://HOST:PORT,…"
        );
    }
    KafkaOptions kafka;
    kafka.brokers = config->kafka_brokers;
    kafka.on_notice = [](std::string_view notice) { fmt::print(stderr, "{}\n", notice); };
    KafkaTopicOptions topic;
    topic.generation = config->generation;
    topic.partitions = config->partitions;
    // The keys come first: a log is of no use without them, and they may serve a later generation.
    auto made = KafkaKeyStore::create_topic(kafka, {});
    if (made || made.error().error == KafkaLogError::exists) {
        made = KafkaLog::create_topic(kafka, topic);
    }
    if (!made) {
        const bool away = made.error().error == KafkaLogError::unreachable;
        return fail(away ? api::exit_service_away : api::exit_refuses, made.error().detail);
    }
    fmt::print("generation {} with {} partitions\n", config->generation, config->partitions);
    return api::exit_done;
}

}  // namespace pakashop::cli
