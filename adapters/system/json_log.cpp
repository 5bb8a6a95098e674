#include "adapters/system/json_log.hpp"

#include <memory>
#include <string>

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "events/kernel/json.hpp"

namespace pakashop {
namespace {

class EscapedMessage : public spdlog::custom_flag_formatter {
public:
    void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out)
        override {
        std::string json;
        JsonWriter{json}.text({message.payload.data(), message.payload.size()});
        out.append(json.data(), json.data() + json.size());
    }
    std::unique_ptr<custom_flag_formatter> clone() const override {
        return std::make_unique<EscapedMessage>();
    }
};

}  // namespace

void start_json_log(std::string_view level) {
    auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
    formatter->add_flag<EscapedMessage>('*');
    formatter->set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","message":%*})");
    auto logger = spdlog::stderr_logger_mt("pakashop");
    logger->set_formatter(std::move(formatter));
    logger->set_level(spdlog::level::from_str(std::string{level}));
    spdlog::set_default_logger(std::move(logger));
}

}  // namespace pakashop
