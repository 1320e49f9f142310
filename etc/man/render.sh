# render.sh SCDOC TTSQ SOURCE OUT: a manual page from its scdoc source; the build step of man.cmake.
set -eu
mkdir -p "$(dirname "$4")"
while IFS= read -r line || [ -n "$line" ]; do
    case $line in
    @COMMANDS@ | @EXITS@ | @KEYS@)
        part=${line#@}
        "$2" __manual "$(echo "${part%@}" | tr '[:upper:]' '[:lower:]')" ;;
    @SAY@)
        echo '```'
        "$(dirname "$2")/ttsq-say" --help | sed '1d'
        echo '```' ;;
    *) printf '%s\n' "$line" ;;
    esac
done <"$3" >"$4.scd"
"$1" <"$4.scd" >"$4.new"
rm "$4.scd"
mv "$4.new" "$4"
