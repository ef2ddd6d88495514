<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>JobText</name>
    <message numerus="yes">
        <location filename="../ui/text/job_text.cpp" line="104"/>
        <source>done, %n warning(s)</source>
        <translation>
            <numerusform>done, %n warning</numerusform>
            <numerusform>done, %n warnings</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Words</name>
    <message numerus="yes">
        <location filename="../ui/text/decision_text.cpp" line="51"/>
        <source>relabel %n photo(s) as %1</source>
        <translation>
            <numerusform>relabel %n photo as %1</numerusform>
            <numerusform>relabel %n photos as %1</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <location filename="../ui/text/decision_text.cpp" line="52"/>
        <source>new individual %1 on %n photo(s)</source>
        <translation>
            <numerusform>new individual %1 on %n photo</numerusform>
            <numerusform>new individual %1 on %n photos</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <location filename="../ui/text/decision_text.cpp" line="52"/>
        <source>mark %n photo(s) unusable</source>
        <translation>
            <numerusform>mark %n photo unusable</numerusform>
            <numerusform>mark %n photos unusable</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <location filename="../ui/text/decision_text.cpp" line="53"/>
        <source>take the identity of %n photo(s) away</source>
        <translation>
            <numerusform>take the identity of %n photo away</numerusform>
            <numerusform>take the identity of %n photos away</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <location filename="../ui/text/decision_text.cpp" line="54"/>
        <source>import %n label(s)</source>
        <translation>
            <numerusform>import %n label</numerusform>
            <numerusform>import %n labels</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>flukeprint::ui::CataloguePage</name>
    <message numerus="yes">
        <location filename="../ui/catalogue/catalogue_page_actions.cpp" line="97"/>
        <source>Relabel %n photo(s)</source>
        <translation>
            <numerusform>Relabel %n photo</numerusform>
            <numerusform>Relabel %n photos</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <location filename="../ui/catalogue/catalogue_page_actions.cpp" line="114"/>
        <source>%n photo(s) relabelled</source>
        <translation>
            <numerusform>%n photo relabelled</numerusform>
            <numerusform>%n photos relabelled</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <location filename="../ui/catalogue/catalogue_page_actions.cpp" line="110"/>
        <source>New individual %1 on %n photo(s)</source>
        <translation>
            <numerusform>New individual %1 on %n photo</numerusform>
            <numerusform>New individual %1 on %n photos</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <location filename="../ui/catalogue/catalogue_page_actions.cpp" line="125"/>
        <source>%n photo(s) marked unusable</source>
        <translation>
            <numerusform>%n photo marked unusable</numerusform>
            <numerusform>%n photos marked unusable</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <location filename="../ui/catalogue/catalogue_page_actions.cpp" line="133"/>
        <source>Identity of %n photo(s) taken away</source>
        <translation>
            <numerusform>Identity of %n photo taken away</numerusform>
            <numerusform>Identity of %n photos taken away</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>flukeprint::ui::ImportDialog</name>
    <message numerus="yes">
        <location filename="../ui/dialogs/import_dialog.cpp" line="92"/>
        <source>%n photo(s)</source>
        <translation>
            <numerusform>%n photo</numerusform>
            <numerusform>%n photos</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>flukeprint::ui::IndividualDelegate</name>
    <message numerus="yes">
        <location filename="../ui/delegates/individual_delegate.cpp" line="67"/>
        <source>%n photo(s)</source>
        <translation>
            <numerusform>%n photo</numerusform>
            <numerusform>%n photos</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>flukeprint::ui::IndividualsPage</name>
    <message numerus="yes">
        <location filename="../ui/individuals/individuals_page.cpp" line="317"/>
        <source>%n photo(s)</source>
        <translation>
            <numerusform>%n photo</numerusform>
            <numerusform>%n photos</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>flukeprint::ui::JobStrip</name>
    <message numerus="yes">
        <location filename="../ui/widgets/job_strip.cpp" line="259"/>
        <source>%n job(s)</source>
        <translation>
            <numerusform>%n job</numerusform>
            <numerusform>%n jobs</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>flukeprint::ui::MainWindow</name>
    <message numerus="yes">
        <location filename="../ui/shell/main_window.cpp" line="289"/>
        <source>%n job(s) are still running. What they have done is kept, and they can be continued later.</source>
        <translation>
            <numerusform>%n job is still running. What it has done is kept, and it can be continued later.</numerusform>
            <numerusform>%n jobs are still running. What they have done is kept, and they can be continued later.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>flukeprint::ui::RailButton</name>
    <message numerus="yes">
        <location filename="../ui/shell/rail.cpp" line="30"/>
        <source>%n waiting</source>
        <translation>
            <numerusform>%n waiting</numerusform>
            <numerusform>%n waiting</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>flukeprint::ui::TrainingPage</name>
    <message numerus="yes">
        <location filename="../ui/training/training_page_view.cpp" line="151"/>
        <source>MAP@5 %1, the model in use then %2, on the same %n validation photo(s)</source>
        <translation>
            <numerusform>MAP@5 %1, the model in use then %2, on the same %n validation photo</numerusform>
            <numerusform>MAP@5 %1, the model in use then %2, on the same %n validation photos</numerusform>
        </translation>
    </message>
</context>
</TS>
