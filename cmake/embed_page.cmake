# Joins parts of web/, and dygraphs as Debian packages it where it is asked for, into one page, as a C++ string.
#
# Called as: cmake -DWEB=folder -DPAGE=report -DSCRIPTS=page,report -DRENDER=renderRun -DDYGRAPHS=dygraph.min.js
#            -DNAME=kReportPage -DOUTPUT=page.cpp -P embed_page.cmake
# PAGE names the .html; report.css comes first, and each script may have a .css of its own beside it; RENDER is called
# with the data and <main>.
# A page without a place for data is given none: it asks its own server, which its policy then allows.
# The page allows only the scripts and the style that are in it, by their SHA-256 (Content-Security-Policy).

# Encodes the hexadecimal SHA-256 of `text` in base64, as a policy wants it.
function(policy_hash text result)
  string(SHA256 hex "${text}")
  set(digits "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
  string(APPEND hex "00")  # 32 bytes and one of padding make eleven groups of three
  set(encoded "")
  foreach(at RANGE 0 60 6)
    string(SUBSTRING "${hex}" ${at} 6 three)
    foreach(shift 18 12 6 0)
      math(EXPR index "(0x${three} >> ${shift}) & 63")
      string(SUBSTRING "${digits}" ${index} 1 digit)
      string(APPEND encoded "${digit}")
    endforeach()
  endforeach()
  string(SUBSTRING "${encoded}" 0 43 encoded)
  set(${result} "'sha256-${encoded}='" PARENT_SCOPE)
endfunction()

file(READ "${WEB}/${PAGE}.html" page)
file(READ "${WEB}/report.css" style)
set(library "")
file(READ "${WEB}/licence.html" licence)  # of dygraphs, for the pages that hold it
if(DYGRAPHS)
  file(READ "${DYGRAPHS}" library)
  string(REGEX REPLACE "\n//# sourceMappingURL=[^\n]*" "" library "${library}")
endif()
set(script "")
string(REPLACE "," ";" SCRIPTS "${SCRIPTS}")
foreach(name ${SCRIPTS})  # each after those that it imports from
  if(NOT name STREQUAL "report" AND EXISTS "${WEB}/${name}.css")
    file(READ "${WEB}/${name}.css" own_style)
    string(APPEND style "${own_style}")
  endif()
  file(READ "${WEB}/${name}.js" part)
  string(REGEX REPLACE "import {[^}]*} from \"\\./[a-z]+\\.js\";\n" "" part "${part}")
  string(APPEND script "${part}\n")
  string(REGEX MATCHALL "\n(export )?(async )?(const|let|class|function\\*?) [A-Za-z_$0-9]+" declared "\n${part}")
  foreach(declaration ${declared})  # all scripts of a page share one scope, where a second declaration is an error
    string(REGEX REPLACE ".* " "" variable "${declaration}")
    if(DEFINED declared_in_${variable})
      message(FATAL_ERROR "page ${PAGE}: '${variable}' is declared in ${declared_in_${variable}}.js and in ${name}.js, "
        "which share one scope: rename one")
    endif()
    set(declared_in_${variable} ${name})
  endforeach()
endforeach()
string(FIND "${page}" "{{data}}" place)
set(sources "img-src data:")
if(place EQUAL -1)
  set(sources "connect-src 'self'; img-src 'self' data:")
  string(APPEND script "${RENDER}(document.querySelector(\"main\"));\n")
else()
  string(APPEND script "${RENDER}(JSON.parse(document.getElementById(\"run-data\").textContent), document.querySelector(\"main\"));\n")
endif()

policy_hash("${style}" style_hash)
policy_hash("${library}" library_hash)
policy_hash("${script}" script_hash)
set(policy "default-src 'none'; ${sources}; script-src ${library_hash} ${script_hash}; style-src ${style_hash}; base-uri 'none'; form-action 'none'")
foreach(piece policy style library licence script)
  string(REPLACE "{{${piece}}}" "${${piece}}" page "${page}")
endforeach()

file(WRITE "${OUTPUT}" "// Made by cmake/embed_page.cmake from web/.
#include \"saddle/report/page.h\"

namespace saddle {

const std::string_view ${NAME} = R\"saddle(${page})saddle\";

}  // namespace saddle
")
